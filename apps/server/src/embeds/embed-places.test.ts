import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '@atelier/protocol/errors'
import { ReaderPlaces, readerLimits } from './embed-places.ts'

const refusedWith = (code: string) => (error: unknown) => error instanceof Refusal && error.code === code

test('an address runs a few programs at once, all readers together half of what the server runs', async () => {
  const places = new ReaderPlaces(20)
  const mine = await Promise.all(Array.from({ length: readerLimits.atOnce }, () => places.enter('10.0.0.1')))
  await assert.rejects(places.enter('10.0.0.1'), refusedWith('too-many-requests'))
  await Promise.all(Array.from({ length: 10 - readerLimits.atOnce }, (_, n) => places.enter(`10.0.1.${n}`)))
  await assert.rejects(places.enter('10.0.2.1'), refusedWith('queue-full'))
  mine[0]?.leave()
  mine[0]?.leave()
  await places.enter('10.0.0.1')
  await assert.rejects(places.enter('10.0.2.1'), refusedWith('queue-full'))
})

test('an address starts so many programs in a minute, whatever its tokens are; one IPv6 network is one address', async () => {
  const places = new ReaderPlaces(20)
  for (let n = 0; n < readerLimits.perMinute; n += 1) (await places.enter(`2001:db8::${n.toString(16)}`)).leave()
  await assert.rejects(places.enter('2001:db8::ffff'), refusedWith('too-many-requests'))
  ;(await places.enter('2001:db8:0:1::1')).leave()
})
