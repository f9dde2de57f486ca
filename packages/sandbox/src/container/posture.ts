/**
 * The posture of a real, running box: what is in force around a program, read from inside it and compared with what is meant.
 * Done at every probe, so that a kernel, a distribution or a change of ours that opens a wall is seen before users are.
 */
import type { Sandbox, SandboxLimits } from '../sandbox.ts'

/** Reads its own state; prints one line per fact, `name value`. */
const script = `
for name in NoNewPrivs Seccomp CapInh CapPrm CapEff CapBnd CapAmb Uid Gid; do
  grep "^$name:" /proc/self/status | tr '\\t' ' '
done
echo "interfaces: $(sed -n 's/^ *\\([^:]*\\):.*/\\1/p' /proc/net/dev | tr '\\n' ' ')"
echo "descriptors: $(ls /proc/self/fd | tr '\\n' ' ')"
echo "processes: $(ls /proc | grep -c '^[0-9]')"
for place in / /etc /usr /dev /z /atelier /proc/sys/kernel/core_pattern /sys; do
  if [ -w "$place" ]; then echo "writable: $place"; fi
done
echo "secrets: $(ls /z 2>/dev/null)"
echo "environment: $(env | sed 's/=.*//' | sort | tr '\\n' ' ')"
`

const nothing = '0000000000000000'

const expected: Readonly<Record<string, string>> = {
  NoNewPrivs: '1',
  Seccomp: '2',
  CapInh: nothing,
  CapPrm: nothing,
  CapEff: nothing,
  CapBnd: nothing,
  CapAmb: nothing,
  Uid: '1000 1000 1000 1000',
  Gid: '1000 1000 1000 1000',
  interfaces: 'lo',
  // The last is the folder that `ls` reads.
  descriptors: '0 1 2 3',
  secrets: '',
  environment: 'HOME LANG LOGNAME PATH PWD SHELL USER',
}

/** Sentences about what differs from what is meant; empty when all is well. Uses up the sandbox. */
export async function checkPosture(sandbox: Sandbox, limits: SandboxLimits): Promise<string[]> {
  let text = ''
  const running = sandbox.start({ argv: ['/bin/sh', '-c', script], environment: {}, files: [], limits }, (stream, bytes) => {
    if (stream === 'stdout') text += Buffer.from(bytes).toString()
  })
  running.endInput()
  const end = await running.ended
  if (end.reason !== 'exited') return [`the box could not be examined: ${end.reason} ${end.fault ?? ''}`.trim()]
  return comparePosture(text)
}

export function comparePosture(text: string): string[] {
  const facts = text.split('\n').flatMap((line) => {
    const colon = line.indexOf(':')
    return colon < 0 ? [] : [{ name: line.slice(0, colon), value: line.slice(colon + 1).trim() }]
  })
  const differences = Object.entries(expected).flatMap(([name, value]) => {
    const found = facts.find((fact) => fact.name === name)?.value
    return found === value ? [] : [`${name} is ${found ?? 'unknown'}, not ${value || 'nothing'}`]
  })
  const writable = facts.filter((fact) => fact.name === 'writable').map((fact) => `${fact.value} is writable`)
  return [...differences, ...writable]
}
