import assert from 'node:assert/strict'
import { test } from 'node:test'
import { embedCodes } from './embed-codes.ts'

test('the name of a project does not leave the title of its frame', () => {
  const { frame, badge } = embedCodes('https://code.example', 'ID', '"><script>', {
    ...{ theme: 'dark', clickToLoad: true, run: false, file: 'a&b.py' },
  })
  assert.equal(
    frame,
    '<iframe src="https://code.example/embed/ID?theme=dark&#38;ctl=1&#38;file=a%26b.py" title="&#34;&#62;&#60;script&#62; · Atelier" width="720" height="480" style="border:0" loading="lazy"></iframe>',
  )
  assert.equal(badge, '[![Open in Atelier](https://code.example/open-in-atelier.svg)](https://code.example/new?project=ID)')
})
