/** Where a page of projects ended: time of the last change and id of its last project, so that pages neither repeat nor skip. */
import { Refusal } from '@atelier/protocol/errors'
import { z } from 'zod'

const Cursor = z.tuple([z.iso.datetime(), z.uuid()])

export const cursorAfter = (last: { readonly updatedAt: string; readonly id: string }): string =>
  Buffer.from(JSON.stringify([last.updatedAt, last.id])).toString('base64url')

export function parseCursor(text: string): { readonly updatedAt: string; readonly id: string } {
  try {
    const [updatedAt, id] = Cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString()))
    return { updatedAt, id }
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
