/**
 * Settings as one table: name, type, default, meaning. Command-line help, environment names and the README's
 * configuration table are all made from it, so they cannot disagree.
 */

type SettingBase<T> = {
  /** Name of the environment variable. */
  readonly env: string
  /** Command-line flag without the dashes, when there is one. */
  readonly flag?: string
  /** How a value is written in help, e.g. "NUMBER". */
  readonly placeholder: string
  /** One sentence. */
  readonly meaning: string
  /** undefined: empty unless given. */
  readonly default: T
  /** How the default is shown when it is not the value itself. */
  readonly defaultShown?: string
  /** Returns the value, or throws an Error whose message says what is expected. */
  readonly parse: (text: string) => T
}

export type SettingTable = { readonly [name: string]: SettingBase<unknown> }
export type SettingsOf<T extends SettingTable> = { readonly [K in keyof T]: ReturnType<T[K]['parse']> | T[K]['default'] }

/** A value that cannot be used; the message is for the person who starts the server. */
export class SettingError extends Error {}

type Described = { readonly env: string; readonly flag?: string; readonly meaning: string; readonly defaultShown?: string }

export const textSetting = <D extends string | undefined>(
  spec: Described & { readonly default: D; readonly placeholder?: string },
) => ({
  placeholder: 'TEXT',
  ...spec,
  parse: (text: string): string => text,
})

export const choiceSetting = <C extends string, D extends C | undefined>(
  spec: Described & { readonly default: D; readonly choices: readonly C[] },
) => ({
  ...spec,
  placeholder: spec.choices.join('|'),
  parse: (text: string): C => {
    const found = spec.choices.find((choice) => choice === text)
    if (found === undefined) throw new Error(`must be one of ${spec.choices.join(', ')}`)
    return found
  },
})

/** Some of the choices, separated by commas; in the order in which they are listed here. */
export const choicesSetting = <C extends string, D extends readonly C[] | undefined>(
  spec: Described & { readonly default: D; readonly choices: readonly C[] },
) => ({
  placeholder: 'LIST',
  ...spec,
  parse: (text: string): readonly C[] => {
    const named = text.split(',').map((part) => part.trim())
    const known: readonly string[] = spec.choices
    if (!named.every((name) => known.includes(name)))
      throw new Error(`must be some of ${spec.choices.join(', ')}, separated by commas`)
    return spec.choices.filter((choice) => named.includes(choice))
  },
})

/** Whole numbers, with an inclusive range. */
export const numberSetting = <D extends number | undefined>(
  spec: Described & { readonly default: D; readonly min: number; readonly max: number },
) => ({
  ...spec,
  placeholder: 'NUMBER',
  parse: (text: string): number => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= spec.min && value <= spec.max)) throw new Error(`must be a whole number from ${spec.min} to ${spec.max}`)
    return value
  },
})

/** An address that a browser can open; without a `/` at the end. */
export const webAddressSetting = <D extends string | undefined>(spec: Described & { readonly default: D }) => ({
  ...spec,
  placeholder: 'URL',
  parse: (text: string): string => {
    const url = URL.canParse(text) ? new URL(text) : null
    if (
      url === null ||
      !/^https?:$/.test(url.protocol) ||
      url.pathname !== '/' ||
      url.search !== '' ||
      url.hash !== '' ||
      url.username !== ''
    )
      throw new Error('must be an address such as https://code.example.org, without a path')
    return url.origin
  },
})

/** Reads every setting from flags, then the environment, then the default. Throws SettingError. */
export function readSettings<T extends SettingTable>(
  table: T,
  given: { readonly flags: Readonly<Record<string, string>>; readonly environment: Readonly<Record<string, string | undefined>> },
): SettingsOf<T> {
  const values: Record<string, unknown> = {}
  for (const [name, setting] of Object.entries(table)) {
    const fromFlag = setting.flag === undefined ? undefined : given.flags[setting.flag]
    const fromEnvironment = given.environment[setting.env]
    const text = fromFlag ?? (fromEnvironment === '' ? undefined : fromEnvironment)
    if (text === undefined) {
      values[name] = setting.default
      continue
    }
    const source = fromFlag === undefined ? setting.env : `--${setting.flag}`
    try {
      values[name] = setting.parse(text)
    } catch (cause) {
      throw new SettingError(`${source} ${cause instanceof Error ? cause.message : 'is wrong'}; it is "${text}".`, { cause })
    }
  }
  return values as SettingsOf<T>
}

/** Splits `--port 4000 --host=0.0.0.0 --help`. Throws SettingError on anything the table does not have. */
export function readFlags(table: SettingTable, args: readonly string[]): { flags: Record<string, string>; help: boolean } {
  const known = new Set(Object.values(table).flatMap((setting) => (setting.flag === undefined ? [] : [setting.flag])))
  const flags: Record<string, string> = {}
  let help = false
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? ''
    if (arg === '--help' || arg === '-h') {
      help = true
      continue
    }
    const match = /^--([a-z-]+)(?:=(.*))?$/s.exec(arg)
    const name = match?.[1]
    if (name === undefined || !known.has(name)) {
      const list = [...known].map((flag) => `--${flag}`).join(', ')
      throw new SettingError(`There is no option "${arg}". The options are ${list} and --help.`)
    }
    const value = match?.[2] ?? args[++i]
    if (value === undefined) throw new SettingError(`--${name} needs a value.`)
    flags[name] = value
  }
  return { flags, help }
}

/** The flags of a table, one line each, for `--help`. */
export function helpOf(table: SettingTable): string {
  const rows = Object.values(table).flatMap((setting) =>
    setting.flag === undefined
      ? []
      : [[`--${setting.flag} ${setting.placeholder}`, `${setting.meaning} (${shownDefault(setting)})`] as const],
  )
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n')
}

/** The configuration table of the README, in Markdown. */
export function markdownOf(table: SettingTable): string {
  const rows = Object.values(table).map((setting) => {
    const flag = setting.flag === undefined ? '' : `\`--${setting.flag}\``
    return `| \`${setting.env}\` | ${flag} | ${shownDefault(setting)} | ${setting.meaning} |`
  })
  return ['| Environment | Option | Default | Meaning |', '|---|---|---|---|', ...rows].join('\n')
}

const shownDefault = (setting: SettingBase<unknown>): string =>
  setting.defaultShown ?? (setting.default === undefined ? 'none' : `${setting.default}`)
