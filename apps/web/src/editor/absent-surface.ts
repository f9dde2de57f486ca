/** No surface yet: before the page has found its textarea, and while the server renders it. */
import type { TextSurface } from './surface.ts'

export const absentSurface: TextSurface = {
  kind: 'plain',
  load() {},
  unload() {},
  rename() {},
  text: () => '',
  replace() {},
  share() {},
  unshare() {},
  setReadOnly() {},
  show() {},
  reveal() {},
  find() {},
  lookAt() {},
  focus() {},
  hasFocus: () => false,
  handOver: () => [],
}
