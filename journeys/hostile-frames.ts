/**
 * Messages of the y-websocket protocol that no decent client sends, the same ones for the same seed: random bytes, pieces of real
 * messages, real messages with some bytes changed, numbers and lengths that cannot be, text that continues what nobody wrote,
 * other people's cursors, and presence that is no presence.
 */
import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'

export type Kind = 'random' | 'cut' | 'mutated' | 'giant' | 'gap' | 'others' | 'presence'
const kinds: readonly Kind[] = ['random', 'cut', 'mutated', 'mutated', 'giant', 'gap', 'others', 'presence']

export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
}

/** `others`: ids of clients that belong to somebody else. */
export function* hostileFrames(
  seed: number,
  count: number,
  others: readonly number[],
): Generator<{ kind: Kind; bytes: Uint8Array }> {
  const random = seeded(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[below(items.length)]
    if (item === undefined) throw new Error('nothing to pick from')
    return item
  }
  const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, () => below(256))
  const real = realMessages(random)
  const giant = (): number => pick([127, 128, 65_535, 2 ** 21, 2 ** 31 - 1, 2 ** 32, 2 ** 47, Number.MAX_SAFE_INTEGER])

  const makers: Readonly<Record<Kind, () => Uint8Array>> = {
    random: () => bytesOf(below(64)),
    cut: () => {
      const message = pick(real)
      return message.slice(0, below(message.length))
    },
    mutated: () => {
      const message = Uint8Array.from(pick(real))
      for (let changes = 1 + below(4); changes > 0; changes -= 1) message[2 + below(message.length - 2)] = below(256)
      return message
    },
    // Few bytes that announce much: clients, structs, clocks, lengths of text, of garbage and of deletions.
    giant: () =>
      message(0, pick([0, 1, 2]), (encoder) => {
        for (let numbers = 1 + below(7); numbers > 0; numbers -= 1)
          encoding.writeVarUint(encoder, random() < 0.5 ? giant() : below(12))
        if (random() < 0.3) encoding.writeUint8Array(encoder, Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff))
      }),
    gap: () => {
      const doc = new Y.Doc()
      doc.clientID = 500_000 + below(1000)
      doc.getText('content').insert(0, 'what nobody has')
      const before = Y.encodeStateVector(doc)
      doc.getText('content').insert(3, 'and what continues it')
      return message(0, 2, (encoder) => encoding.writeUint8Array(encoder, Y.encodeStateAsUpdate(doc, before)))
    },
    others: () =>
      message(1, null, (encoder) => {
        encoding.writeVarUint(encoder, 1)
        encoding.writeVarUint(encoder, pick(others))
        encoding.writeVarUint(encoder, random() < 0.5 ? 1_000_000 : below(3))
        encoding.writeVarString(encoder, pick(['null', '{"user":{"name":"not me","color":"#fff"}}', '{}']))
      }),
    presence: () =>
      message(1, null, (encoder) => {
        encoding.writeVarUint(encoder, pick([0, 1, 2, 2 ** 40]))
        encoding.writeVarUint(encoder, 600_000 + below(50))
        encoding.writeVarUint(encoder, giant())
        encoding.writeVarString(
          encoder,
          pick(['', '{', '[]', '7', '"x"', `{"a":"${'x'.repeat(5000)}"}`, `${'['.repeat(3000)}`, '\u0000']),
        )
      }),
  }
  for (let made = 0; made < count; made += 1) {
    const kind = pick(kinds)
    yield { kind, bytes: makers[kind]() }
  }
}

/** What a decent client of this hostile person would send. */
function realMessages(random: () => number): Uint8Array[] {
  const doc = new Y.Doc()
  doc.clientID = 400_000
  const messages: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => messages.push(message(0, 2, (encoder) => encoding.writeUint8Array(encoder, update))))
  const text = doc.getText('content')
  for (let made = 0; made < 60; made += 1) {
    if (text.length > 10 && random() < 0.3) text.delete(Math.floor(random() * (text.length - 5)), 3)
    else text.insert(Math.floor(random() * text.length), '«schlecht 💥»')
  }
  doc.getMap('other').set('key', [1, 'two', { three: null }])
  doc.getXmlFragment('xml').insert(0, [new Y.XmlElement('p')])
  messages.push(message(0, 0, (encoder) => encoding.writeUint8Array(encoder, Y.encodeStateVector(doc))))
  messages.push(message(0, 1, (encoder) => encoding.writeUint8Array(encoder, Y.encodeStateAsUpdate(doc))))
  return messages
}

/** A message whose body is as long as it says. `kind` null: there is none. */
export function message(type: number, kind: number | null, write: (encoder: encoding.Encoder) => void): Uint8Array {
  const body = encoding.createEncoder()
  write(body)
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, type)
  if (kind !== null) encoding.writeVarUint(encoder, kind)
  encoding.writeVarUint8Array(encoder, encoding.toUint8Array(body))
  return encoding.toUint8Array(encoder)
}
