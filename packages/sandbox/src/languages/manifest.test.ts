import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { languagesFolder } from '../toolchain/test-toolchain.ts'
import { LanguageManifestError, loadLanguages, parseManifest } from './manifest.ts'
import { loadPrograms, neededPrograms } from './programs.ts'

const goManifest = await readFile(join(languagesFolder, 'go', 'language.json'), 'utf8')

const complaint = (id: string, json: string): string => {
  try {
    parseManifest(`languages/${id}/language.json`, id, json)
  } catch (error) {
    assert.ok(error instanceof LanguageManifestError)
    return error.message
  }
  return 'no complaint'
}

const changed = (change: (manifest: Record<string, unknown>) => void): string => {
  const manifest = JSON.parse(goManifest)
  change(manifest)
  return JSON.stringify(manifest)
}

test('the languages of the project can be used, and each brings its programs', async () => {
  const languages = await loadLanguages(languagesFolder)
  const first = languages.filter((each) => each.image.comes === 'first')
  assert.deepEqual(
    first.map((each) => each.id),
    ['go', 'javascript', 'python', 'rust', 'typescript'],
  )
  assert.ok(languages.length >= 24)
  for (const language of languages) {
    const programs = await loadPrograms(languagesFolder, language)
    for (const name of neededPrograms)
      assert.ok(
        programs.some((each) => each.name === name),
        `${language.id} lacks ${name}`,
      )
  }
})

test('a manifest that is not JSON is refused with the name of its file', () => {
  assert.match(complaint('go', '{'), /^The language manifest languages\/go\/language\.json cannot be used: it is not JSON/)
})

test('a manifest with a wrong field is refused with the name of the file and the field', () => {
  const json = changed((manifest) => {
    manifest.compile = { ...(manifest.compile as object), ways: [{ argv: 'go build' }] }
  })
  assert.match(
    complaint('go', json),
    /languages\/go\/language\.json cannot be used: field compile\.ways\.0\.argv: .*expected array/,
  )
})

test('a field that nobody knows is refused, so that a slip of the pen does not go unseen', () => {
  const json = changed((manifest) => {
    manifest.extension = '.go'
  })
  assert.match(complaint('go', json), /"extension"/)
})

test('a manifest in the folder of another language is refused', () => {
  assert.match(complaint('golang', goManifest), /field id: it says "go", its folder is called "golang"/)
})

test('a placeholder that nobody fills is refused with the name of its field', () => {
  const json = changed((manifest) => {
    manifest.run = { warmth: 'exec', argv: ['{programme}'] }
  })
  assert.match(complaint('go', json), /field run\.argv\.0: \{programme\} is not one of \{entry\}, \{program\}, \{memoryMb\}/)
})

test('a version pattern without a group, and one that is no pattern, are refused', () => {
  const withPattern = (pattern: string): string =>
    changed((manifest) => {
      manifest.version = { arguments: ['version'], pattern }
    })
  assert.match(complaint('go', withPattern('go1')), /field version\.pattern: needs a group/)
  assert.match(complaint('go', withPattern('go(')), /field version\.pattern: is not a regular expression/)
})

test('two languages that claim one file ending are refused, and so is a folder without a manifest', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-languages-'))
  try {
    await cp(join(languagesFolder, 'go'), join(folder, 'go'), { recursive: true })
    await cp(join(languagesFolder, 'go'), join(folder, 'tinygo'), { recursive: true })
    await writeFile(join(folder, 'tinygo', 'language.json'), goManifest.replace('"id": "go"', '"id": "tinygo"'))
    await assert.rejects(loadLanguages(folder), /"go" and "tinygo" both claim \.go/)
    await rm(join(folder, 'tinygo', 'language.json'))
    await assert.rejects(loadLanguages(folder), /The language "tinygo" has no readable manifest/)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a language that lacks a program, or says nonsense about one, is refused with the name of the file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-languages-'))
  try {
    await cp(join(languagesFolder, 'go'), join(folder, 'go'), { recursive: true })
    const [language] = await loadLanguages(folder)
    assert.ok(language !== undefined)
    const expected = join(folder, 'go', 'programs', 'hello', 'expected.json')
    await writeFile(expected, '{ "exitCode": "0", "stdout": "" }')
    await assert.rejects(loadPrograms(folder, language), /hello\/expected\.json cannot be used: field exitCode: /)
    await rm(join(folder, 'go', 'programs', 'hello'), { recursive: true })
    await assert.rejects(loadPrograms(folder, language), /The language "go" lacks the program .*hello/)
  } finally {
    await rm(folder, { recursive: true })
  }
})
