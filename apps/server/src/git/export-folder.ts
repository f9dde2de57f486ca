/**
 * A project as a folder on this machine: `repository.git`, a bare repository that `git clone` takes, and `files`. No git runs here: a bare
 * repository is a few files, and its packs are taken out of the blobs as they are. Written beside the old folder and then put in its
 * place, so that whoever reads it, a backup for one, finds all of it.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Pack } from './git-boxes.ts'
import type { Repository } from './repository-rows.ts'

const config = '[core]\n\trepositoryformatversion = 0\n\tfilemode = false\n\tbare = true\n'

/** `folder` is ours alone. The paths were checked when the files were saved: none leaves the project. */
export async function writeExportFolder(
  folder: string,
  projectId: string,
  { repository, packs }: { readonly repository: Repository; readonly packs: readonly Pack[] },
  files: readonly { readonly path: string; readonly content: Buffer }[],
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const made = join(folder, `.${randomUUID()}.new`)
  const old = join(folder, `.${randomUUID()}.old`)
  try {
    await writeRepository(join(made, 'repository.git'), repository, packs)
    await mkdir(join(made, 'files'))
    for (const { path, content } of files) {
      // Whoever looks into the folder with git must not meet a repository of somebody else's making.
      if (path.split('/').some((name) => name.toLowerCase() === '.git')) continue
      const target = join(made, 'files', path)
      await mkdir(dirname(target), { recursive: true })
      await writeFile(target, content, { flag: 'wx', mode: 0o644 })
    }
    const place = join(folder, projectId)
    await rename(place, old).catch(ignoreMissing)
    await rename(made, place)
  } finally {
    await rm(made, { recursive: true, force: true })
    await rm(old, { recursive: true, force: true })
  }
}

async function writeRepository(at: string, { head, refs }: Repository, packs: readonly Pack[]): Promise<void> {
  for (const inner of ['objects/pack', 'objects/info', 'refs/heads', 'refs/tags'])
    await mkdir(join(at, inner), { recursive: true })
  await writeFile(join(at, 'HEAD'), `ref: refs/heads/${head}\n`)
  await writeFile(join(at, 'config'), config)
  const lines = Object.entries(refs)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, commit]) => `${commit} ${name}\n`)
  await writeFile(join(at, 'packed-refs'), `# pack-refs with: sorted \n${lines.join('')}`)
  for (const { pack, index } of packs) {
    // A pack ends with its own checksum, which is its name.
    const name = join(at, 'objects/pack', `pack-${pack.toString('hex', pack.length - 20)}`)
    await writeFile(`${name}.pack`, pack)
    await writeFile(`${name}.idx`, index)
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
