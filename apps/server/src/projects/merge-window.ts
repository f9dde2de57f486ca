/**
 * Saves of one author within ten seconds are one version of the file's history: the last of them. The trigger `keep_version` keeps what
 * was there when such a window has ended; statements that save say with this when the next one begins. (A statement that does not
 * would leave more versions than it should, never fewer.)
 */
export const windowBegins = (author: string): string =>
  `window_at = CASE WHEN f.window_at + interval '10 seconds' <= now() OR f.author IS DISTINCT FROM ${author} THEN now() ELSE f.window_at END`
