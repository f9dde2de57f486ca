/** Own keys between what others typed and was not taken in yet. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { messageTypes, syncKinds } from '@atelier/protocol/documents'
import type { Replica, TextChange } from '@atelier/text/replica'
import { createStore } from 'zustand/vanilla'
import type { ChannelFollower, TabSocket } from '../connection/socket.ts'
import { applyChanges } from './changes.ts'
import { replicas } from './crdt-replicas.ts'
import { joined, presenceFrame, readFrame, syncFrame, unsigned } from './frames.ts'
import { absentKeptEdits } from './kept-edits.ts'
import { LiveDocument } from './live-document.ts'
import { writePresence } from './presence-update.ts'

const opened = { type: 'opened', number: 1, documentId: 'd', engine: 'crdt', access: 'write' } as const
const nothing = Uint8Array.of(0, 0)

/** A page, its editor as somebody sees it, and somebody else; what either types lies in `mail` until it is delivered. */
function openBeside(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] })
  t.mock.method(performance, 'now', () => Date.now())
  let room: ChannelFollower | null = null
  const mail: { toPage: Uint8Array[]; toOther: Uint8Array[] } = { toPage: [], toOther: [] }
  const socket: Pick<TabSocket, 'follow' | 'sendBytes' | 'doubt'> = {
    follow(_channel, _since, follower) {
      room = follower
      return () => {}
    },
    sendBytes(_channel, bytes) {
      const frame = readFrame(bytes)
      if (frame?.type === 'sync' && frame.kind === 2) mail.toOther.push(frame.body)
      return true
    },
    doubt() {},
  }
  const page = new LiveDocument({
    ...{ projectId: 'p', path: 'main.py', replicas, kept: absentKeptEdits, leftBehind: [] },
    socket: socket as TabSocket,
    me: createStore(() => ({ id: 'me', name: 'Ada', color: '#000000' })),
    ...{ onOrphan() {}, onBack() {}, onState() {}, onMoved() {}, onFiled() {} },
  })
  const other: Replica = replicas.create(null)
  other.connect((kind, body) => (kind === 2 ? mail.toPage.push(body) : 0))
  other.receive(1, nothing)
  other.receive(0, Uint8Array.of(0))
  mail.toPage = []
  const follower: ChannelFollower = room ?? assert.fail('the room was not entered')
  const tell = (frame: Uint8Array): void => follower.bytes?.(frame)
  follower.message(opened)
  tell(syncFrame(0, Uint8Array.of(0)))
  tell(joined([messageTypes.sync, syncKinds.answer, nothing.length], nothing))
  const editor = { text: '', told: 0 }
  page.replica.onChange((changes) => {
    editor.text = applyChanges(editor.text, changes)
    editor.told += 1
  })
  return {
    ...{ page, other, mail, editor, follower, tell },
    /** In the editor, where its text is as it is. */
    type(change: TextChange): void {
      editor.text = applyChanges(editor.text, [change])
      page.replica.edit([change])
    },
    deliver(): void {
      for (const body of mail.toPage.splice(0)) tell(syncFrame(2, body))
    },
    [Symbol.dispose]() {
      page.destroy()
      other.destroy()
    },
  }
}

const at = (place: number, insert: string, remove = 0): TextChange => ({ at: place, remove, insert })

test('what many type within a moment comes into the editor as one change, and a key between them stands where it was typed', (t) => {
  using both = openBeside(t)
  both.other.edit([at(0, 'one\n')])
  both.deliver()
  assert.equal(both.editor.text, 'one\n')
  for (const [index, key] of [...'two\n'].entries()) both.other.edit([at(index, key)])
  both.deliver()
  assert.equal(both.editor.text, 'one\n')
  both.type(at(3, '!'))
  assert.equal(both.editor.text, 'one!\n')
  t.mock.timers.tick(50)
  assert.equal(both.editor.text, 'two\none!\n')
  assert.equal(both.editor.told, 2)
  for (const body of both.mail.toOther) both.other.receive(2, body)
  assert.equal(both.other.text, both.editor.text)
})

test('when the connection is lost, or the server has something to say of the file, what came before is in the text', (t) => {
  using both = openBeside(t)
  for (const key of 'ab') both.other.edit([at(both.other.length, key)])
  both.deliver()
  assert.equal(both.page.replica.text, 'a')
  both.follower.message({ type: 'filed', version: 2 })
  assert.equal(both.page.replica.text, 'ab')
  both.other.edit([at(2, 'c')])
  both.deliver()
  assert.equal(both.page.replica.text, 'ab')
  both.follower.away?.()
  assert.equal(both.editor.text, 'abc')
})

test('a caret never comes before the text that it stands in', (t) => {
  using both = openBeside(t)
  const places: (number | null)[] = []
  both.page.others.onChange(() => {
    for (const { caret } of both.page.others.all.values()) places.push(both.page.replica.offsetOf(caret?.head))
  })
  for (let clock = 1; clock <= 4; clock += 1) {
    both.other.edit([at(both.other.length, 'x')])
    const place = both.other.anchorAt(both.other.length, 'left')
    both.deliver()
    const update = writePresence({ client: 7, clock, state: { user: { name: 'Bob' }, cursor: { anchor: place, head: place } } })
    both.tell(presenceFrame(update))
  }
  t.mock.timers.tick(50)
  assert.deepEqual(places, [4])
})

test('a caret that is told before the text it stands in stays where it was until that text has come', (t) => {
  using both = openBeside(t)
  const tellCaret = (clock: number): void => {
    const place = both.other.anchorAt(both.other.length, 'left')
    both.tell(presenceFrame(writePresence({ client: 7, clock, state: { cursor: { anchor: place, head: place } } })))
    t.mock.timers.tick(50)
  }
  const shown = (): number | null | undefined => {
    const caret = both.page.others.all.get(7)?.caret
    return caret && both.page.replica.offsetOf(caret.head)
  }
  both.other.edit([at(0, 'one')])
  both.deliver()
  tellCaret(1)
  assert.equal(shown(), 3)
  both.other.edit([at(3, ' two')])
  tellCaret(2)
  assert.equal(shown(), 3)
  both.deliver()
  t.mock.timers.tick(50)
  assert.equal(shown(), 7)
  both.other.edit([at(7, '!')])
  tellCaret(3)
  both.follower.away?.()
  both.deliver()
  assert.equal(shown(), undefined)
})

test('keys, undo and what others type, in any order and however late it is taken in, end with one text', (t) => {
  const seed = Number(process.env.SEED ?? 1)
  let state = seed
  const below = (end: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * end)
  }
  using both = openBeside(t)
  const { page, other, mail, editor } = both
  const change = (length: number): TextChange => {
    const place = below(length + 1)
    return at(place, ['', 'a', '\n', '😀', 'word '][below(5)] ?? '', below(3) === 0 ? Math.min(below(6), length - place) : 0)
  }
  let sent = 0
  for (let step = 0; step < 3000; step += 1) {
    const kind = below(10)
    if (kind < 3) both.type(change(editor.text.length))
    else if (kind < 6) other.edit([change(other.length)])
    else if (kind < 8) both.deliver()
    else if (kind === 8) t.mock.timers.tick(below(40))
    else if (below(3) === 0) page.replica.undo()
    else
      for (const body of mail.toOther.splice(0)) {
        other.receive(2, body)
        sent += 1
        // That it is stored is told at once, beside whatever waits.
        both.tell(Uint8Array.of(messageTypes.stored, ...unsigned(sent)))
      }
    assert.equal(editor.text, page.replica.text, `SEED=${seed}, step ${step}: the editor shows what the page holds`)
  }
  both.deliver()
  t.mock.timers.tick(50)
  for (const body of mail.toOther.splice(0)) other.receive(2, body)
  assert.equal(page.replica.text, other.text, `SEED=${seed}`)
  assert.equal(editor.text, other.text, `SEED=${seed}`)
  assert.ok(editor.told > 100)
})
