/** Which wall a run asks for: what the person chose, as long as the server offers it. */
import type { IsolationLevel } from '@atelier/protocol/executions'
import type { ServerStatus } from '@atelier/protocol/server-status'

type Offers = Pick<ServerStatus, 'isolations'>

/** Null: the server's usual one. A choice of yesterday that this server refuses must not make every run fail. */
export function isolationToAskFor(chosen: IsolationLevel | null, { isolations }: Offers): IsolationLevel | null {
  const offer = isolations.find(({ level }) => level === chosen)
  return offer === undefined || offer.state === 'unusable' ? null : offer.level
}
