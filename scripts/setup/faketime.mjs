/** The library faketime, which tells a program another time: the host's, installed where that is allowed. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { installSystemPackages } from './system-packages.mjs'

const folder = '/usr/lib'

/** @returns {Promise<string | undefined>} its path */
export async function bringFaketime() {
  if (find() === undefined) await installSystemPackages(['libfaketime'], { required: false })
  return find()
}

const find = () =>
  readdirSync(folder)
    .map((name) => join(folder, name, 'faketime', 'libfaketimeMT.so.1'))
    .find((path) => existsSync(path))
