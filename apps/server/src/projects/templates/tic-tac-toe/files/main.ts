import { createInterface } from 'node:readline'
import { type Board, empty, freeSquares, play, winner } from './board.ts'
import { bestSquare } from './opponent.ts'

const paint = { X: '\x1b[92mX\x1b[0m', O: '\x1b[95mO\x1b[0m' }

function draw(board: Board): void {
  const squares = board.map((player, square) => (player === null ? `\x1b[90m${square + 1}\x1b[0m` : paint[player]))
  for (const row of [0, 3, 6]) console.log(` ${squares.slice(row, row + 3).join(' │ ')}${row < 6 ? '\n───┼───┼───' : ''}`)
}

let board = empty
const isOver = (): boolean => winner(board) !== null || freeSquares(board).length === 0

console.log('You are X. Type the number of a square.')
draw(board)
const input = createInterface({ input: process.stdin })
for await (const line of input) {
  const square = Number(line) - 1
  if (!Number.isInteger(square) || square < 0 || square > 8) {
    console.log('Type a number from 1 to 9.')
    continue
  }
  if (board[square] !== null) {
    console.log(`${square + 1} is taken.`)
    continue
  }
  board = play(board, square, 'X')
  if (!isOver()) board = play(board, bestSquare(board, 'O'), 'O')
  console.log()
  draw(board)
  if (isOver()) break
}
input.close()
process.stdin.destroy()

const champion = winner(board)
if (champion === 'X') console.log('You win! (That should not be possible.)')
else if (champion === 'O') console.log('I win. Another time!')
else if (isOver()) console.log('A draw. Well played!')
