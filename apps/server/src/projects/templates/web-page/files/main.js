// Looks whether the page is whole, and packs it into one file that any browser opens.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const html = readFileSync('index.html', 'utf8')
const script = readFileSync('script.js', 'utf8')

const checks = {
  'everything that the page names is here': () => {
    const named = [...html.matchAll(/(?:src|href)="([^":#]+)"/g)].map((match) => match[1])
    return named.filter((file) => !existsSync(file))
  },
  'the script finds its elements': () => {
    const wanted = [...script.matchAll(/getElementById\('([^']+)'\)/g)].map((match) => match[1])
    return wanted.filter((id) => !html.includes(`id="${id}"`))
  },
  'the page has a title and a language': () => [/<title>\S/, /<html lang="/].filter((pattern) => !pattern.test(html)),
  'each input has a label': () => [...html.matchAll(/^.*<input.*$/gm)].map(String).filter((line) => !line.includes('<label')),
}

for (const [name, check] of Object.entries(checks)) {
  const missing = check()
  console.log(missing.length === 0 ? `✓ ${name}` : `✗ ${name}: ${missing.join(', ')}`)
  if (missing.length > 0) process.exitCode = 1
}

const page = html
  .replace(/ *<link rel="stylesheet" href="style.css">/, () => `<style>\n${readFileSync('style.css', 'utf8')}</style>`)
  .replace('<script src="script.js"></script>', () => `<script>\n${script}</script>`)
writeFileSync('page.html', page)
console.log('\nPacked into page.html (one file, nothing else needed).')
