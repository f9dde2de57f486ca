import { DialogFrame } from '../design/DialogFrame.tsx'

export default function Playback({ path }: { readonly path: string }) {
  return <DialogFrame title={`History of ${path}`}>…</DialogFrame>
}
