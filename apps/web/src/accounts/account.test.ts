import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiProblem } from '../connection/api.ts'
import { fieldProblemsOf } from './account.ts'

const problem = (status: number, detail: string, errors?: { pointer: string; detail: string }[]) =>
  new ApiProblem({ type: '', title: '', status, code: 'x', detail, ...(errors === undefined ? {} : { errors }) })

test('what is wrong with a field is said at the field, everything else once', () => {
  const short = problem(400, 'The body is not valid.', [
    { pointer: '/password', detail: 'a password has at least 10 characters' },
  ])
  assert.deepEqual(fieldProblemsOf(short, ['login', 'password']), { password: 'A password has at least 10 characters.' })
  const taken = problem(409, 'Somebody has that name already.', [{ pointer: '/login', detail: 'is taken' }])
  assert.deepEqual(fieldProblemsOf(taken, ['login']), { login: 'Somebody has that name already.' })
  assert.deepEqual(fieldProblemsOf(short, ['login']), { '': 'The body is not valid.' })
  assert.deepEqual(fieldProblemsOf(new Error('No answer.'), ['login']), { '': 'No answer.' })
})
