import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Person } from '@atelier/protocol/presence'
import { inOrder, mainTab, personsOf } from './persons.ts'

const person = (connection: string, change: Partial<Person> = {}): Person => ({
  ...{ connection, userId: `user ${connection}`, name: connection, role: 'editor', colour: 0, path: null, activity: null },
  ...change,
})

test('two tabs of one person are one person in two places', () => {
  const persons = personsOf([person('a', { path: 'x' }), person('b', { userId: 'user a', path: 'y' }), person('c')], 'c')
  assert.deepEqual(
    persons.map(({ userId, isMe, tabs }) => [userId, isMe, tabs.map(({ path }) => path)]),
    [
      ['user a', false, ['x', 'y']],
      ['user c', true, []],
    ],
  )
})

test('my second tab is a place of mine, this one is not', () => {
  const [me] = personsOf([person('here', { userId: 'me', path: 'x' }), person('there', { userId: 'me', path: 'y' })], 'here')
  assert.deepEqual([me?.isMe, me?.tabs.map(({ connection }) => connection)], [true, ['there']])
})

test('I come first, then those in my file, then the others by name as people count', () => {
  const persons = personsOf(
    [person('Guest 10'), person('Guest 2'), person('Zoe', { path: 'main.py' }), person('me', { name: 'Zz' })],
    'me',
  )
  assert.deepEqual(
    inOrder(persons, 'main.py').map(({ name }) => name),
    ['Zz', 'Zoe', 'Guest 2', 'Guest 10'],
  )
  assert.deepEqual(
    inOrder(persons, null).map(({ name }) => name),
    ['Zz', 'Guest 2', 'Guest 10', 'Zoe'],
  )
})

test('people of the same name keep their order however the list arrives', () => {
  const people = [person('1', { name: 'Sam' }), person('2', { name: 'Sam' }), person('3', { name: 'Sam' })]
  const ids = (list: readonly Person[]) => inOrder(personsOf(list, 'x'), null).map(({ userId }) => userId)
  assert.deepEqual(ids(people), ids([...people].reverse()))
})

test('to somebody with several tabs one goes where something is done, or at least where there is a file', () => {
  const [busy] = personsOf(
    [
      person('1', { userId: 'a' }),
      person('2', { userId: 'a', path: 'x' }),
      person('3', { userId: 'a', path: 'y', activity: 'typing' }),
    ],
    'me',
  )
  const [idle] = personsOf([person('1', { userId: 'a' }), person('2', { userId: 'a', path: 'x' })], 'me')
  const [nowhere] = personsOf([person('1', { userId: 'a' })], 'me')
  assert.deepEqual(
    [busy, idle, nowhere].map((each) => each && mainTab(each)?.connection),
    ['3', '2', '1'],
  )
})
