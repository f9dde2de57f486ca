/** The bytes of a file of the project, in this page's memory, under an address that ends with the view. */
import { useEffect, useState } from 'react'
import { fileAddress } from '../documents/loading.ts'
import { useWorkbench } from '../workbench/context.ts'

export type Fetched = { readonly kind: 'waiting' | 'failed' } | { readonly kind: 'there'; readonly url: string }

/** `type`: what the element that gets the address is told; the server says of all files that they are of no type. */
export function useObjectUrl(path: string, version: number, type: string): Fetched {
  const { connection, projectId } = useWorkbench()
  const [fetched, setFetched] = useState<Fetched>({ kind: 'waiting' })
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version of the file has new bytes
  useEffect(() => {
    const controller = new AbortController()
    let url: string | null = null
    setFetched({ kind: 'waiting' })
    connection.api
      .ask(fileAddress(projectId, path), { headers: { accept: '*/*' }, signal: controller.signal })
      .then((response) => response.arrayBuffer())
      .then((bytes) => {
        if (controller.signal.aborted) return
        url = URL.createObjectURL(new Blob([bytes], { type }))
        setFetched({ kind: 'there', url })
      })
      .catch(() => {
        if (!controller.signal.aborted) setFetched({ kind: 'failed' })
      })
    return () => {
      controller.abort()
      if (url !== null) URL.revokeObjectURL(url)
    }
  }, [connection, projectId, path, type, version])
  return fetched
}
