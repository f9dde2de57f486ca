import { readFile, realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseRefusal } from '../database-refusal.ts'

/**
 * The operating-system account that PostgreSQL runs as. PostgreSQL refuses to be root, so under root it is another one,
 * and that account must be able to walk to the data folder.
 */
export type Account = { readonly name: string; readonly uid: number; readonly gid: number }

/** Our own account; under root the owner of the existing data folder, else the ordinary owner of `folder`, else `postgres`, else `nobody`. */
export async function chooseAccount(folder: string): Promise<Account> {
  const dataFolder = join(folder, 'cluster', 'data')
  const accounts = parsePasswd(await readFile('/etc/passwd', 'utf8'))
  const ownUid = process.getuid?.() ?? -1
  const owner = await stat(dataFolder).catch(() => undefined)
  const own = accounts.find((account) => account.uid === ownUid)
  if (own === undefined) {
    throw new DatabaseRefusal(
      `The account with uid ${ownUid} has no line in /etc/passwd, which PostgreSQL needs. Add the account, run as another one, or set DATABASE_URL.`,
    )
  }
  if (own.uid !== 0) {
    if (owner !== undefined && owner.uid !== own.uid) {
      const name = accounts.find((account) => account.uid === owner.uid)?.name ?? `uid ${owner.uid}`
      throw new DatabaseRefusal(
        `The database in ${dataFolder} belongs to the account ${name} and this is ${own.name}. Start as that account (or as root, if root created it), or choose another data folder.`,
      )
    }
    return own
  }
  const previous =
    owner !== undefined && owner.uid !== 0 ? accounts.find((account) => account.uid === owner.uid) : await ordinaryOwner(folder)
  const account = previous ?? ['postgres', 'nobody'].map((name) => accounts.find((each) => each.name === name)).find(Boolean)
  if (account === undefined) {
    throw new DatabaseRefusal(
      'PostgreSQL may not run as root, and there is neither an account "postgres" nor "nobody". Add one, or set DATABASE_URL.',
    )
  }
  return account
}

/** Undefined: the system knows nobody of that number. */
export async function accountOf(uid: number): Promise<Account | undefined> {
  return parsePasswd(await readFile('/etc/passwd', 'utf8')).find((account) => account.uid === uid)
}

/**
 * Whom the files of a data folder belong to, when this is root and they are an ordinary user's, whose server has to be able to use
 * what root makes among them; undefined: they are ours.
 */
export async function ordinaryOwner(folder: string): Promise<Account | undefined> {
  const owner = process.getuid?.() === 0 ? (await stat(folder)).uid : 0
  return owner === 0 ? undefined : await accountOf(owner)
}

function parsePasswd(text: string): Account[] {
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':')
    return name && uid && gid ? [{ name, uid: Number(uid), gid: Number(gid) }] : []
  })
}

/** The first folder on the way to `path` (and `path` itself) that the account may not enter; undefined when all are open. */
export async function folderInTheWay(path: string, account: Account): Promise<string | undefined> {
  const way: string[] = []
  for (let folder = await realpath(path); ; folder = dirname(folder)) {
    way.unshift(folder)
    if (folder === dirname(folder)) break
  }
  for (const folder of way) {
    const { uid, gid, mode } = await stat(folder)
    const mayEnter = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001
    if ((mode & mayEnter) === 0) return folder
  }
  return undefined
}
