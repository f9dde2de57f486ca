/** Which kernel modules the guest loads, and in which order. A module names those it builds upon in its own file (`depends=`). */

/** What the guest needs beyond the kernel itself: the bus, its disks, the port to us, and the disks' file system. */
export const wantedModules = ['virtio_pci', 'virtio_blk', 'virtio_console', 'erofs'] as const

/**
 * Modules in the order of loading, each once. `read` answers a module's file, or null where the kernel has it built in.
 * Throws for a circle.
 */
export function modulesInOrder(wanted: readonly string[], read: (name: string) => Uint8Array | null): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>()
  const visit = (name: string, path: readonly string[]): void => {
    if (found.has(name)) return
    if (path.includes(name)) throw new Error(`kernel modules depend on each other in a circle: ${[...path, name].join(', ')}`)
    const content = read(name)
    if (content === null) return
    for (const below of dependenciesOf(content)) visit(below, [...path, name])
    found.set(name, content)
  }
  for (const name of wanted) visit(name, [])
  return found
}

/** The section .modinfo holds `name=value` strings, each ended by NUL. */
export function dependenciesOf(module: Uint8Array): string[] {
  const text = Buffer.from(module.buffer, module.byteOffset, module.byteLength).toString('latin1')
  const value = /\0depends=([\w,-]*)\0/.exec(text)?.[1] ?? ''
  return value.split(',').filter((name) => name !== '')
}

/** Files write `virtio-ring` or `virtio_ring` for the same module. */
export const moduleName = (file: string): string => file.replace(/\.ko(\.xz)?$/, '').replaceAll('-', '_')
