/**
 * What an image is made of, and the commands that make it. Pure: the same languages give the same digest, which names
 * the image's folder, so that any change of the recipe makes a new image beside the old one.
 *
 * An image is made from nothing, or as a layer: a copy of an image that has some of the languages (the *ground*), with
 * the others added. Either way it is one whole tree that needs no other.
 */
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { type LanguageDefinition, ownNode } from '../languages/manifest.ts'
import { buildPath, type Means } from './means.ts'

/** What one language, or one of our own tools, brings into the image. */
export type Ingredient = {
  readonly id: string
  readonly packages: readonly string[]
  readonly warm: readonly {
    readonly step: string
    readonly argv: readonly string[]
    readonly environment: Readonly<Record<string, string>>
    readonly lines: number
  }[]
  /** How it is asked for its version; null for our own Node, which is not of the image. */
  readonly version: readonly string[] | null
  readonly hash: string
}

export type Recipe = {
  /** Of all ingredients and of the boxes themselves. */
  readonly packages: readonly string[]
  readonly ingredients: readonly Ingredient[]
  /** Names what is the same in all images of this version of Atelier, whatever their languages: only such an image can be a ground. */
  readonly base: string
  readonly digest: string
}

/** The tree of a whole image that a new one is begun with, and the ingredients that it has already. */
export type Ground = { readonly folder: string; readonly has: readonly string[] }

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

/**
 * What the server itself runs in boxes. An ingredient and not of the base, so that an image without it is still a ground: git is added to it
 * in a minute.
 */
const tools: readonly Omit<Ingredient, 'hash'>[] = [
  { id: 'git', packages: ['ca-certificates', 'git'], warm: [], version: ['/usr/bin/git', '--version'] },
]

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** `finishText` is the text of finish.sh: it shapes the image too. */
export function recipeOf(definitions: readonly LanguageDefinition[], finishText: string): Recipe {
  const ingredients = [...definitions.map(ingredientOf), ...tools.map((tool) => ({ ...tool, hash: hashOf(tool) }))]
  const packages = [...new Set([...basePackages, ...ingredients.flatMap((each) => each.packages)])].sort()
  const base = hashOf(['image 2', process.arch, basePackages, bootstrapOptions, finishText])
  return { packages, ingredients, base, digest: hashOf([base, ingredients.map((each) => [each.id, each.hash])]) }
}

function ingredientOf({ id, image, version }: LanguageDefinition): Ingredient {
  const parts = {
    ...{ id, packages: image.packages, warm: image.warm },
    version: image.command === ownNode ? null : [image.command, ...version.arguments],
  }
  return { ...parts, hash: hashOf(parts) }
}

const hashOf = (parts: unknown): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)

/** No documentation and no fsync: a build that does not finish is thrown away whole. */
const bootstrapOptions = [
  ...['--verbose', '--mode=root', '--variant=essential', '--format=directory'],
  '--aptopt=Acquire::Languages "none"',
  '--aptopt=Acquire::Retries "3"',
  '--dpkgopt=force-unsafe-io',
  ...['doc/*', 'man/*', 'info/*', 'locale/*', 'lintian/*', 'go-*/test/*', 'go-*/src/*_test.go', 'go-*/src/*/testdata/*'].map(
    (path) => `--dpkgopt=path-exclude=/usr/share/${path}`,
  ),
  // The folders of the manual, empty: Java's set-up puts links there and fails without.
  '--dpkgopt=path-include=/usr/share/man/man[1-9]',
]

/** The commands that make `root` (a folder that does not exist yet), in order. */
export function buildSteps(recipe: Recipe, means: Means, root: string, ground: Ground | null = null): readonly BuildStep[] {
  const added = recipe.ingredients.filter((each) => !(ground?.has.includes(each.id) ?? false))
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
  const copy: BuildStep[] =
    ground === null
      ? []
      : [
          {
            step: 'copying the image in use',
            share: 0.15,
            // Where the file system can share unchanged blocks (btrfs, XFS), this takes no room.
            argv: [...means.prefix, 'cp', '-a', '--reflink=auto', ground.folder, root],
            environment: outside,
            progress: 1,
          },
        ]
  const packages = ground === null ? recipe.packages : [...new Set(added.flatMap((each) => each.packages))].sort()
  const bootstrap: BuildStep = {
    step: 'reading the package lists',
    share: 0,
    argv: [
      ...[...means.prefix, 'mmdebstrap', ...bootstrapOptions, ...means.aptOptions.map((option) => `--aptopt=${option}`)],
      // On a ground it finds the essential packages there, and apt adds the rest.
      ...(ground === null ? [] : ['--skip=check/empty']),
      ...(packages.length === 0 ? [] : [`--include=${packages.join(',')}`]),
      ...[means.source.suite, root, ...means.source.lines],
    ],
    environment: outside,
    progress: 'bootstrap',
  }
  const warming = added.flatMap((each) => each.warm)
  const warmLines = warming.reduce((sum, each) => sum + each.lines, 0)
  // A language that is added says by the share of its lines how long it takes beside Go, which has the most of them.
  const warmShare = Math.min(0.4, warmLines / 500)
  const warm = warming.map(
    ({ step, argv, environment, lines }): BuildStep => ({
      ...{ step, share: (warmShare * lines) / warmLines, argv: inside(argv), progress: lines },
      environment: { ...insideEnvironment, ...environment },
    }),
  )
  const finish: BuildStep[] = [
    ...recipe.ingredients.flatMap(({ id, version }): BuildStep[] =>
      version === null
        ? []
        : [
            {
              ...{ step: 'asking for versions', share: 0.1 / recipe.ingredients.length, argv: inside(version) },
              ...{ environment: insideEnvironment, progress: 1, tells: id },
            },
          ],
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
  const rest = [...install, ...copy, ...warm, ...finish].reduce((sum, each) => sum + each.share, 0)
  return [...install, ...copy, { ...bootstrap, share: 1 - rest }, ...warm, ...finish]
}
