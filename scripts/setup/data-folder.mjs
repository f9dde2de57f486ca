/** Where the data goes when nobody says otherwise. */
import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { inState, projectFolder } from './places.mjs'

/**
 * `.atelier/data` in the project. Under root the database runs as another account, which may not enter a closed folder
 * such as /root: then /var/lib/atelier/<name of the project's folder>-<its mark>.
 * @param {boolean} isRoot
 */
export function defaultDataFolder(isRoot, folder = projectFolder) {
  if (!isRoot || isOpenToOthers(folder)) return inState('data')
  const mark = createHash('sha256').update(folder).digest('hex').slice(0, 8)
  return join('/var/lib/atelier', `${basename(folder)}-${mark}`)
}

/** @param {string} folder @returns {boolean} */
function isOpenToOthers(folder) {
  const canPass = (statSync(folder).mode & 0o001) !== 0
  return canPass && (folder === dirname(folder) || isOpenToOthers(dirname(folder)))
}
