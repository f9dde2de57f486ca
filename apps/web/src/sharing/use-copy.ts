import { type RefObject, useEffect, useRef, useState } from 'react'
import { copyText } from './copy-text.ts'

const copiedMs = 3_000

export type Copying = {
  /** For the field that shows the text: it is selected where the page may not copy. */
  readonly field: RefObject<HTMLInputElement | null>
  /** `yes` for a moment. */
  readonly copied: 'no' | 'yes' | 'failed'
  copy(): void
}

/** A text in a field with a button that copies it. */
export function useCopy(text: string): Copying {
  const field = useRef<HTMLInputElement>(null)
  const [copied, setCopied] = useState<Copying['copied']>('no')
  useEffect(() => {
    if (copied !== 'yes') return
    const timer = setTimeout(() => setCopied('no'), copiedMs)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = async (): Promise<void> => {
    const done = await copyText(text)
    setCopied(done ? 'yes' : 'failed')
    if (!done) field.current?.select()
  }
  return { field, copied, copy: () => void copy() }
}
