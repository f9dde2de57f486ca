import { area } from '#square'
import { readFile } from 'node:fs/promises'

const side = JSON.parse(await readFile(new URL('side.json', import.meta.url), 'utf8'))
console.log(area(side))
