/** How a program learns of its proxy, whatever its driver. */
import { type Program, proxyAddress } from '../sandbox.ts'

/** Variables that programs and package managers read. */
const environment = {
  ...Object.fromEntries(
    ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'].map((name) => [name, `http://${proxyAddress}`]),
  ),
  ...Object.fromEntries(['NO_PROXY', 'no_proxy'].map((name) => [name, 'localhost,127.0.0.1,::1'])),
  // Node's own fetch and http look at the variables above only then.
  NODE_USE_ENV_PROXY: '1',
}

/** The program with the variables that lead to its proxy, unless it has none; its own variables win. */
export function withProxyVariables(program: Program): Program {
  if (program.egress === undefined) return program
  return { ...program, environment: { ...environment, ...program.environment } }
}
