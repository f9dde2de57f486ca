/** A file that is looked at, not edited. Loaded with the first of them. */
import type { DocumentState } from '../documents/documents.ts'
import { BytesView } from './BytesView.tsx'
import { PictureView } from './PictureView.tsx'
import { RecordingView } from './RecordingView.tsx'
import './viewers.css'

type Viewed = Extract<DocumentState, { readonly sizeBytes: number }>

export default function FileView({ path, state }: { readonly path: string; readonly state: Viewed }) {
  const props = { path, sizeBytes: state.sizeBytes, version: state.version }
  switch (state.kind) {
    case 'image':
      return <PictureView key={path} {...props} />
    case 'recording':
      return <RecordingView key={path} {...props} />
    case 'binary':
    case 'too-large':
      return <BytesView key={path} {...props} />
  }
}
