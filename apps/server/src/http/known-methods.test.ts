import assert from 'node:assert/strict'
import { test } from 'node:test'
import Fastify from 'fastify'
import { knownMethods } from './known-methods.ts'

test('an address knows its methods, whatever its parameters are; others know none', async () => {
  const app = Fastify()
  const methodsOf = knownMethods(app)
  const handler = async () => 'x'
  app.get('/things', handler)
  app.register(async (scope) => {
    scope.post('/things', handler)
    scope.route({ method: ['PUT', 'DELETE'], url: '/things/:id/files/*', handler })
  })
  app.get('/*', handler)
  await app.ready()
  assert.deepEqual(methodsOf('/things'), ['GET', 'HEAD', 'POST'])
  assert.deepEqual(methodsOf('/things/7/files/a/b.txt'), ['DELETE', 'PUT'])
  for (const path of ['/', '/thing', '/things/', '/things/7', '/things/7/8/files/x', '/nowhere', '/thingsx', ''])
    assert.deepEqual(methodsOf(path), [], path)
  await app.close()
})
