import { Agent, request } from 'node:http'
import type { ExecutionEvent } from '@atelier/protocol/executions'
import { startServerProcess } from '../server-process.ts'
import type { BenchProgram, Runner } from './runner.ts'

const users = 4

/** The whole product: POST /api/v1/executions, answered as a stream of events. The same interpreter as the others (no toolchain image). */
export async function productRunner(program: BenchProgram): Promise<Runner> {
  const server = await startServerProcess({ ATELIER_TOOLCHAIN: 'off', ATELIER_WARM_SANDBOXES: '8', LOG_LEVEL: 'warn' })
  const agent = new Agent({ keepAlive: true })
  const tokens = await Promise.all(Array.from({ length: users }, () => openSession(server.url)))
  const body = JSON.stringify({ language: program.language, files: [{ path: program.file, content: program.text }], stdin: '' })
  let turn = 0
  return {
    name: 'product',
    settle: () => new Promise((resolve) => setTimeout(resolve, 60)),
    async close() {
      agent.destroy()
      await server.stop()
    },
    runOnce: () => execute(server.url, agent, tokens[turn++ % users] ?? '', body),
  }
}

async function openSession(url: string): Promise<string> {
  const response = await fetch(`${url}/api/v1/sessions`, { method: 'POST' })
  return ((await response.json()) as { token: string }).token
}

function execute(url: string, agent: Agent, token: string, body: string): Promise<{ firstMs: number; output: string }> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now()
    let firstMs = 0
    let output = ''
    let rest = ''
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      accept: 'text/event-stream',
      authorization: `Bearer ${token}`,
    }
    const call = request(`${url}/api/v1/executions`, { method: 'POST', agent, headers }, (response) => {
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        const blocks = (rest + text).split('\n\n')
        rest = blocks.pop() ?? ''
        for (const block of blocks) {
          const event = JSON.parse(block.slice(block.indexOf('data: ') + 6)) as ExecutionEvent
          if (event.type !== 'output') continue
          if (firstMs === 0) firstMs = performance.now() - startedAt
          output += event.data
        }
      })
      response.on('end', () =>
        response.statusCode === 200 ? resolve({ firstMs, output }) : reject(new Error(`status ${response.statusCode}: ${rest}`)),
      )
    })
    call.on('error', reject)
    call.end(body)
  })
}
