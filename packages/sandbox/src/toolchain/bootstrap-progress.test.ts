import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BootstrapProgress } from './bootstrap-progress.ts'

/** What mmdebstrap prints, shortened to two packages of each kind. */
const output = `I: chroot architecture amd64 is equal to the host's architecture
I: running apt-get update...
Get:1 http://mirror.example/debian trixie InRelease [140 kB]
Get:2 http://mirror.example/debian trixie/main amd64 Packages [9678 kB]
Fetched 9819 kB in 1s (10.4 MB/s)
I: downloading packages with apt...
0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.
Need to get 4,000 kB of archives.
Get:1 http://mirror.example/debian trixie/main amd64 base-files amd64 13.8 [1,000 kB]
Get:2 http://mirror.example/debian trixie/main amd64 bash amd64 5.2 [3,000 kB]
I: extracting archives...
I: installing essential packages...
Setting up base-files (13.8) ...
Setting up bash (5.2) ...
I: installing remaining packages inside the chroot...
0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.
Need to get 229 MB of archives.
Get:1 http://mirror.example/debian trixie/main amd64 gcc amd64 14 [100 MB]
Get:2 http://mirror.example/debian trixie/main amd64 rustc amd64 1.85 [129 MB]
Unpacking gcc (14) ...
Setting up gcc (14) ...
Unpacking rustc (1.85) ...
Setting up rustc (1.85) ...
Processing triggers for libc-bin (2.41) ...
I: cleaning package lists and apt cache...
I: success in 31.7899 seconds`.split('\n')

test('progress follows the output from 0 to 1 and never goes back', () => {
  const progress = new BootstrapProgress()
  const seen = output.map((line) => progress.read(line))
  for (const [index, { fraction }] of seen.entries()) assert.ok(fraction >= (seen[index - 1]?.fraction ?? 0), output[index])
  assert.equal(seen[0]?.fraction, 0)
  assert.equal(seen.at(-1)?.fraction, 1)
  assert.deepEqual(
    [...new Set(seen.map((each) => each.step))],
    [
      ...['reading the package lists', 'downloading the base system', 'setting up the base system', 'downloading packages'],
      ...['unpacking packages', 'setting up packages', 'cleaning up'],
    ],
  )
})

test('a download counts in bytes, so that one large package is not one of many', () => {
  const progress = new BootstrapProgress()
  const at = (start: string): number => {
    let fraction = 0
    for (const line of output) {
      fraction = progress.read(line).fraction
      if (line.startsWith(start)) break
    }
    return fraction
  }
  const before = at('Need to get 229 MB')
  const between = new BootstrapProgress()
  const fractions = output.map((line) => between.read(line).fraction)
  const first = (fractions[output.findIndex((line) => line.includes('gcc amd64'))] ?? 0) - before
  const both = (fractions[output.findIndex((line) => line.includes('rustc amd64'))] ?? 0) - before
  assert.ok(Math.abs(first / both - 100 / 229) < 0.001)
})

test('output that is not understood moves nothing', () => {
  const progress = new BootstrapProgress()
  for (const line of ['', 'Get:', 'Setting up', 'Unpacking ', '0 upgraded, x newly installed', 'I:', '\u0000'])
    progress.read(line)
  assert.deepEqual(progress.read('hello'), { step: 'reading the package lists', fraction: 0 })
})
