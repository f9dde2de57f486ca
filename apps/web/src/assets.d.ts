declare module '*?raw' {
  const text: string
  export default text
}
declare module '*?worker' {
  const WorkerClass: new () => Worker
  export default WorkerClass
}
declare module '*.css'

interface Window {
  atelierEarly?: { run: boolean; readonly hear: (event: KeyboardEvent) => void; readonly click: (event: MouseEvent) => void }
  MonacoEnvironment?: { getWorker(): Worker }
}
declare module 'monaco-editor/editor/contrib/suggest/browser/suggestController'
