import { area, type Square } from './shapes/square.ts'

const square: Square = { side: Number(process.argv[2]) }
console.log(area(square))
