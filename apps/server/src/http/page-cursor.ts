/** Where a page of a list ended: the time and the id of its last item, so that pages neither repeat nor skip. */
import { Refusal } from '@atelier/protocol/errors'
import { z } from 'zod'

const Cursor = z.tuple([z.iso.datetime(), z.uuid()])

export type PagePlace = { readonly at: string; readonly id: string }

export const cursorAfter = ({ at, id }: PagePlace): string => Buffer.from(JSON.stringify([at, id])).toString('base64url')

/** @throws Refusal invalid-request */
export function parseCursor(text: string): PagePlace {
  try {
    const [at, id] = Cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString()))
    return { at, id }
  } catch (cause) {
    throw new Refusal(
      'invalid-request',
      'The cursor is not one of ours. Send "nextCursor" of the page before, or leave it out.',
      {
        errors: [{ pointer: 'cursor', detail: 'is not a cursor' }],
        cause,
      },
    )
  }
}
