import { type Board, freeSquares, other, type Player, play, winner } from './board.ts'

/** 1: `player`, whose turn it is, wins if both play well; -1: the other one; 0: nobody. */
function worth(board: Board, player: Player): number {
  if (winner(board) !== null) return -1
  const free = freeSquares(board)
  if (free.length === 0) return 0
  return Math.max(...free.map((square) => -worth(play(board, square, player), other(player))))
}

/** Looks at every game that can still be played. */
export function bestSquare(board: Board, player: Player): number {
  const free = freeSquares(board)
  const worths = free.map((square) => -worth(play(board, square, player), other(player)))
  return free[worths.indexOf(Math.max(...worths))] ?? 0
}
