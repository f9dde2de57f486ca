import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withDataFrom, withFlagsTakenByNpm } from './start-arguments.mjs'

test('a relative --data is meant from where the command was typed', () => {
  assert.deepEqual(withDataFrom(['--port', '1', '--data', 'here'], '/home/ada'), ['--port', '1', '--data', '/home/ada/here'])
  assert.deepEqual(withDataFrom(['--data=../x'], '/home/ada'), ['--data=/home/x'])
  assert.deepEqual(withDataFrom(['--data', '/srv/data'], '/home/ada'), ['--data', '/srv/data'])
})

test('options without the -- that npm asks for are understood', () => {
  assert.deepEqual(withFlagsTakenByNpm([], { npm_config_port: '4000', npm_config_host: '', PATH: '/bin' }), ['--port', '4000'])
  assert.deepEqual(withFlagsTakenByNpm(['4000'], { npm_config_port: 'true' }), ['--port', '4000'])
  assert.deepEqual(withFlagsTakenByNpm(['--port', '1'], {}), ['--port', '1'])
})
