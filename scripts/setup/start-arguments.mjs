/** The arguments of `npm start` as the server wants them. */
import { resolve } from 'node:path'

/**
 * A relative `--data` is meant from where the person stands, not from the project, where npm takes us.
 * @param {string[]} args
 * @param {string} standing
 */
export function withDataFrom(args, standing) {
  return args.map((arg, index) => {
    if (args[index - 1] === '--data') return resolve(standing, arg)
    return arg.startsWith('--data=') ? `--data=${resolve(standing, arg.slice('--data='.length))}` : arg
  })
}

/**
 * Without the `--` that npm asks for, `npm start --port=4000` arrives as npm_config_port=4000, and `npm start --port 4000` as
 * npm_config_port=true and the argument 4000.
 * @param {string[]} args @param {NodeJS.ProcessEnv} environment
 */
export function withFlagsTakenByNpm(args, environment) {
  const taken = ['port', 'host', 'data', 'variant'].filter((flag) => environment[`npm_config_${flag}`])
  const [bare, ...more] = taken.filter((flag) => environment[`npm_config_${flag}`] === 'true')
  const [value, ...others] = args
  if (bare !== undefined && value !== undefined && more.length === 0 && others.length === 0) return [`--${bare}`, value]
  return [...taken.flatMap((flag) => [`--${flag}`, environment[`npm_config_${flag}`] ?? '']), ...args]
}
