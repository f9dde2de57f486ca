/** Which file Run starts: the one that the reader went to, when it can be run; else the one that the author meant. */
import type { EmbedBoot } from '@atelier/protocol/embeds'

export function entryPointOf(
  { languages, entryPoint, look }: Pick<EmbedBoot, 'languages' | 'entryPoint' | 'look'>,
  paths: readonly string[],
  open: string,
  wasChosen: boolean,
): string | undefined {
  const canRun = languages.some(({ extensions }) => extensions.some((extension) => open.endsWith(extension)))
  const usual = entryPoint !== null && paths.includes(entryPoint) ? entryPoint : undefined
  return canRun && (wasChosen || look.runsOpenFile || usual === undefined) ? open : usual
}
