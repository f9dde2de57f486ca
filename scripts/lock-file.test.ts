import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

type Locked = { version?: string; resolved?: string; link?: boolean; optionalDependencies?: Record<string, string> }

const read = (path: string) => {
  const lock = JSON.parse(readFileSync(join(import.meta.dirname, path), 'utf8')) as { packages: Record<string, Locked> }
  return lock.packages
}

test('the lock file has an entry for every optional package, without which npm ci refuses to install anything', () => {
  const packages = read('../package-lock.json')
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`${path}/node_modules/${name}` in packages) && !(`node_modules/${name}` in packages),
    ),
  )
  assert.deepEqual(missing, [])
})

test('no lock file names the registry that a package came from', () => {
  for (const path of ['../package-lock.json', 'setup/node/package-lock.json'])
    for (const [name, locked] of Object.entries(read(path))) if (!locked.link) assert.equal(locked.resolved, undefined, name)
})
