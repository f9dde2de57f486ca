/** Follows the overview of one assignment for as long as it is shown. */
import { type AssignmentNews, type AssignmentOverview, channelOfAssignment } from '@atelier/protocol/assignments'
import { useEffect, useState } from 'react'
import type { Connection } from '../connection/connection.ts'
import { withNews } from './overview.ts'

export type Overview = { readonly overview: AssignmentOverview | null; readonly problem: string | null; readonly isAway: boolean }

export function useOverview({ socket }: Connection, id: string): Overview {
  const [state, setState] = useState<Overview>({ overview: null, problem: null, isAway: false })
  useEffect(() => {
    setState({ overview: null, problem: null, isAway: false })
    return socket.follow(channelOfAssignment(id), () => 0, {
      message(message) {
        if (!isNews(message)) return
        setState(({ overview }) => ({ overview: withNews(overview, message), problem: null, isAway: false }))
      },
      away: () => setState((before) => ({ ...before, isAway: true })),
      refused: (_code, detail) => setState((before) => ({ ...before, problem: detail })),
    })
  }, [socket, id])
  return state
}

const isNews = (message: object): message is AssignmentNews =>
  'type' in message && (message.type === 'overview' || message.type === 'students')
