/** An embed at work: tabs, editor, output. What the reader changes stays in this page, and is gone with it. */
import type { EmbedBoot, EmbedFile } from '@atelier/protocol/embeds'
import type { ExecutionEvent } from '@atelier/protocol/executions'
import { OutputDecoder } from '../executions/output-decoder.ts'
import { browserFrame, createOutputFeed } from '../executions/output-feed.ts'
import { OutputScreen, screenBounds } from '../executions/output-screen.ts'
import { createOutputView } from '../executions/output-view.ts'
import { createEmbedEditor } from './embed-editor.ts'
import { createParent, type ParentCommand } from './parent.ts'
import { entryPointOf } from './run-choice.ts'
import { createRunner } from './runner.ts'
import { drawTabs } from './tabs.ts'

const part = <Kind extends HTMLElement>(id: string): Kind => {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`the page has no #${id}`)
  return found as Kind
}

export function startEmbed(boot: EmbedBoot): void {
  const { look } = boot
  const frame = document.querySelector<HTMLElement>('.embed')
  const [runButton, resetButton, openLink] = [
    part<HTMLButtonElement>('run'),
    part<HTMLButtonElement>('reset'),
    part<HTMLAnchorElement>('open'),
  ]
  const [inputLine, input, result] = [part<HTMLFormElement>('input-line'), part<HTMLInputElement>('input'), part('result')]

  const screen = new OutputScreen()
  const hasFile = (path: string): boolean => files.some((file) => file.path === path)
  const view = createOutputView({ scroller: part('scroll'), host: part('output'), screen, isFile: hasFile, onAtEnd: () => {} })
  const feed = createOutputFeed({
    ...{ screen, mostCharacters: screenBounds.characters, changed: () => view.draw() },
    ...{ nextFrame: browserFrame, nowMs: () => performance.now() },
  })
  const runner = createRunner(boot.guest)
  const parent = createParent(window, boot.parents, obey)
  let files: readonly EmbedFile[] = boot.files
  let open = boot.open
  let wasChosen = false
  let isRunning = false

  const first = part<HTMLTextAreaElement>('first-text')
  const typed = first.value
  const hadFocus = document.activeElement === first
  first.remove()
  const editor = createEmbedEditor({
    host: part('editor'),
    readOnly: look.readOnly,
    highlights: { path: boot.open, lines: look.highlights },
    changed: showChanged,
    run: () => void run(),
  })
  if (open !== '') editor.show(open, typed)
  const highlight = look.highlights[0]
  if (highlight !== undefined) editor.lookAt(highlight[0])
  if (hadFocus) editor.focus()

  function filesNow(): readonly EmbedFile[] {
    return files.map((file) => {
      const text = file.encoding === 'utf8' ? editor.text(file.path) : undefined
      return text === undefined ? file : { ...file, content: text }
    })
  }
  const isChanged = (): boolean => {
    const now = filesNow()
    return (
      now.length !== boot.files.length ||
      now.some(({ path, content }, n) => boot.files[n]?.path !== path || boot.files[n]?.content !== content)
    )
  }
  function showChanged(): void {
    resetButton.hidden = !isChanged()
  }

  function goTo(path: string, byHand: boolean): void {
    const file = files.find((each) => each.path === path && each.encoding === 'utf8')
    if (file === undefined) return
    open = path
    wasChosen = byHand
    editor.show(path, file.content)
    showTabs()
  }
  const showTabs = (): void => drawTabs(part('tabs'), files, open, (path) => goTo(path, true))

  async function run(): Promise<void> {
    if (isRunning) return
    const sent = filesNow()
    if (sent.length === 0) {
      result.textContent = 'There are no files to run.'
      return
    }
    const entryPoint = entryPointOf(
      boot,
      sent.map(({ path }) => path),
      open,
      wasChosen,
    )
    const decoder = new OutputDecoder()
    showRunning(true)
    screen.clear()
    feed.clear()
    result.textContent = 'Starting …'
    await runner.run(
      { files: [...sent], args: [], ...(entryPoint === undefined ? {} : { entryPoint }) },
      {
        started() {
          result.textContent = 'Running …'
          parent.tell({ type: 'atelier:started' })
        },
        event: (event) => take(event, decoder),
        failed(sentence) {
          result.textContent = sentence
          parent.tell({ type: 'atelier:refused', message: sentence })
        },
      },
    )
    feed.flush()
    showRunning(false)
  }

  function take(event: ExecutionEvent, decoder: OutputDecoder): void {
    if (event.type === 'output') {
      const text = decoder.decode(event)
      feed.push(event.stream, text)
      parent.tell({ type: 'atelier:output', stream: event.stream, text })
    } else if (event.type === 'stage') result.textContent = event.stage === 'compile' ? 'Compiling …' : 'Running …'
    else if (event.type === 'truncated') feed.push('note', '… the beginning is not kept …\n')
    else {
      result.textContent = event.result.message
      parent.tell({ type: 'atelier:ended', reason: event.result.reason, exitCode: event.result.exitCode })
    }
  }

  function showRunning(running: boolean): void {
    isRunning = running
    runButton.textContent = running ? 'Stop' : 'Run'
    runButton.classList.toggle('embed-stop', running)
    inputLine.hidden = !running
    if (running && frame !== null) frame.dataset.folded = 'false'
  }

  function send(text: string): void {
    feed.push('stdin', text)
    void runner.write(text)
  }

  function reset(): void {
    files = boot.files
    editor.forget()
    goTo(files.some(({ path }) => path === open) ? open : boot.open, wasChosen)
    showChanged()
  }

  function obey(command: ParentCommand): void {
    switch (command.type) {
      case 'atelier:hello':
        return
      case 'atelier:run':
        void run()
        return
      case 'atelier:stop':
        void runner.stop()
        return
      case 'atelier:reset':
        reset()
        return
      case 'atelier:input':
        if (isRunning) send(command.data)
        return
      case 'atelier:getFiles': {
        const texts = filesNow().filter(({ encoding }) => encoding === 'utf8')
        parent.tell({ type: 'atelier:files', files: Object.fromEntries(texts.map(({ path, content }) => [path, content])) })
        return
      }
      case 'atelier:setFiles':
        files = Object.entries(command.files).map(([path, content]) => ({ path, content, encoding: 'utf8' }))
        editor.forget()
        goTo(command.open ?? (hasFile(open) ? open : (files[0]?.path ?? '')), false)
        showChanged()
    }
  }

  runButton.addEventListener('click', () => void (isRunning ? runner.stop() : run()))
  resetButton.addEventListener('click', reset)
  openLink.addEventListener('click', (event) => {
    if (!isChanged()) return
    event.preventDefault()
    openEdited(boot.title, filesNow())
  })
  inputLine.addEventListener('submit', (event) => {
    event.preventDefault()
    send(`${input.value}\n`)
    input.value = ''
  })
  input.addEventListener('keydown', (event) => {
    if (!event.ctrlKey || event.key !== 'd' || input.value !== '') return
    event.preventDefault()
    void runner.write('', true)
  })
  part('end-input').addEventListener('click', () => void runner.write('', true))
  part('output').addEventListener('click', (event) => {
    const place = event.target instanceof Element ? event.target.closest<HTMLElement>('.output-place') : null
    if (place === null) return
    event.preventDefault()
    goTo(place.dataset.path ?? '', false)
    editor.reveal(Number(place.dataset.line), Number(place.dataset.column))
  })
  addEventListener('message', (event) => parent.hear(event))

  showTabs()
  showChanged()
  runButton.disabled = false
  if (look.clickToLoad) result.textContent = 'Press Run: the program runs on the server, in a sandbox of its own.'
  parent.tell({ type: 'atelier:ready', version: 1 })
  if (look.runsAtOnce) void run()
}

/** In a tab of its own, where the reader is asked before a project is made of it. */
function openEdited(title: string, files: readonly EmbedFile[]): void {
  const form = document.createElement('form')
  Object.assign(form, { method: 'post', action: '/new', target: '_blank', rel: 'noopener', enctype: 'multipart/form-data' })
  const add = (name: string, value: string): void => {
    const field = Object.assign(document.createElement('input'), { type: 'hidden', name, value })
    form.append(field)
  }
  add('project[title]', title)
  for (const { path, content, encoding } of files) if (encoding === 'utf8') add(`project[files][${path}]`, content)
  document.body.append(form)
  form.submit()
  form.remove()
}
