/**
 * What an image is made of, and the commands that make it. Pure: the same languages give the same digest, which names
 * the image's folder, so that any change of the recipe makes a new image beside the old one.
 */
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { type LanguageDefinition, ownNode } from '../languages/manifest.ts'
import { buildPath, type Means } from './means.ts'

export type Recipe = {
  readonly packages: readonly string[]
  readonly warm: readonly {
    readonly step: string
    readonly argv: readonly string[]
    readonly environment: Readonly<Record<string, string>>
    readonly lines: number
  }[]
  readonly versions: readonly { readonly id: string; readonly argv: readonly string[] }[]
  readonly digest: string
}

/** One command of a build. `share` is its part of the whole, all together 1. */
export type BuildStep = {
  readonly step: string
  readonly share: number
  readonly argv: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** How its output tells how far it is: mmdebstrap's own way, or by the number of lines. */
  readonly progress: 'bootstrap' | number
  /** What its last line tells: the version of the language of this id, or the size of the image. */
  readonly tells?: string
}

/** What the boxes themselves need, whatever the languages: the container driver's zygote is a Python program. */
const basePackages = ['python3']

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** `finishText` is the text of finish.sh: it shapes the image too. */
export function recipeOf(definitions: readonly LanguageDefinition[], finishText: string): Recipe {
  const packages = [...new Set([...basePackages, ...definitions.flatMap((each) => each.image.packages)])].sort()
  const warm = definitions.flatMap((each) => each.image.warm)
  const versions = definitions
    .filter((each) => each.image.command !== ownNode)
    .map((each) => ({ id: each.id, argv: [each.image.command, ...each.version.arguments] }))
  const parts = ['image 1', process.arch, packages, warm, versions, bootstrapOptions, finishText]
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)
  return { packages, warm, versions, digest }
}

/** No documentation and no fsync: a build that does not finish is thrown away whole. */
const bootstrapOptions = [
  ...['--verbose', '--mode=root', '--variant=essential', '--format=directory'],
  '--aptopt=Acquire::Languages "none"',
  '--aptopt=Acquire::Retries "3"',
  '--dpkgopt=force-unsafe-io',
  ...['doc/*', 'man/*', 'info/*', 'locale/*', 'lintian/*', 'go-*/test/*', 'go-*/src/*_test.go', 'go-*/src/*/testdata/*'].map(
    (path) => `--dpkgopt=path-exclude=/usr/share/${path}`,
  ),
]

/** The commands that make `root` (a folder that does not exist yet), in order. */
export function buildSteps(recipe: Recipe, means: Means, root: string): readonly BuildStep[] {
  const outside = { PATH: buildPath, LC_ALL: 'C.UTF-8', HOME: '/nonexistent', ...means.proxies }
  const inside = (argv: readonly string[]): string[] => [...means.prefix, 'sh', script('inside.sh'), root, ...argv]
  const insideEnvironment = { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8', HOME: '/tmp' }
  const install: BuildStep[] =
    means.installs.length > 0
      ? [
          {
            step: 'installing mmdebstrap',
            share: 0.03,
            // Not under our prefix: it is this machine that gets the package. Its package lists may be missing or old.
            argv: [
              'sh',
              '-c',
              'install() { apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"; }; install "$@" || { apt-get update && install "$@"; }',
              'sh',
              ...means.installs,
            ],
            environment: { ...outside, DEBIAN_FRONTEND: 'noninteractive' },
            progress: 30,
          },
        ]
      : []
  const bootstrap: BuildStep = {
    step: 'reading the package lists',
    share: 0,
    argv: [
      ...[...means.prefix, 'mmdebstrap', ...bootstrapOptions, ...means.aptOptions.map((option) => `--aptopt=${option}`)],
      ...[`--include=${recipe.packages.join(',')}`, means.source.suite, root, ...means.source.lines],
    ],
    environment: outside,
    progress: 'bootstrap',
  }
  const warmLines = recipe.warm.reduce((sum, each) => sum + each.lines, 0)
  const warm = recipe.warm.map(
    ({ step, argv, environment, lines }): BuildStep => ({
      ...{ step, share: (0.4 * lines) / warmLines, argv: inside(argv), progress: lines },
      environment: { ...insideEnvironment, ...environment },
    }),
  )
  const finish: BuildStep[] = [
    ...recipe.versions.map(
      ({ id, argv }): BuildStep => ({
        step: 'asking for versions',
        share: 0.01,
        argv: inside(argv),
        environment: insideEnvironment,
        progress: 1,
        tells: id,
      }),
    ),
    {
      step: 'cleaning up',
      share: 0.04,
      argv: [...means.prefix, 'sh', script('finish.sh'), root],
      environment: outside,
      progress: 1,
    },
    {
      step: 'measuring',
      share: 0.01,
      argv: [...means.prefix, 'du', '-s', '--block-size=1', root],
      environment: outside,
      progress: 1,
      tells: 'size',
    },
  ]
  const rest = [...install, ...warm, ...finish].reduce((sum, each) => sum + each.share, 0)
  return [...install, { ...bootstrap, share: 1 - rest }, ...warm, ...finish]
}
