export type Player = 'X' | 'O'
/** Nine squares, row by row. */
export type Board = readonly (Player | null)[]

export const empty: Board = Array(9).fill(null)
const lines = [
  [0, 1, 2],
  [3, 4, 5],
  [6, 7, 8],
  [0, 3, 6],
  [1, 4, 7],
  [2, 5, 8],
  [0, 4, 8],
  [2, 4, 6],
]

export const winner = (board: Board): Player | null => {
  for (const [a = 0, b = 0, c = 0] of lines) {
    const player = board[a] ?? null
    if (player !== null && player === board[b] && player === board[c]) return player
  }
  return null
}

export const freeSquares = (board: Board): number[] => board.flatMap((player, square) => (player === null ? [square] : []))
export const play = (board: Board, square: number, player: Player): Board => board.with(square, player)
export const other = (player: Player): Player => (player === 'X' ? 'O' : 'X')
