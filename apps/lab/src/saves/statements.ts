/** What pgbench does: the product's save of one file, written for one file. */

/** The first transaction of each client finds the file that is its own; `\gset` keeps the answer in variables, for the next one too. */
const findOwnFile = `\\if :v = 0
SELECT p.id AS project, p.owner AS owner, f.path AS path, f.version AS v FROM projects p JOIN files f ON f.project = p.id
 WHERE p.name = 'pgbench' AND NOT f.folder ORDER BY p.id OFFSET :client_id LIMIT 1
\\gset
\\endif
`

/**
 * All that the server's statement does and checks: authorization, version, quota, the project's sums and time of change, and what the file's
 * history keeps. A
 * save that is refused returns no row, and \`\\gset\` fails on that.
 */
export const sameStatement = `${findOwnFile}WITH taken AS (
  SELECT id, used_bytes FROM projects WHERE id = :project::uuid AND owner = :owner::uuid FOR NO KEY UPDATE
), saved AS (
  UPDATE files f SET version = f.version + 1, size = :size::integer, grown = :size::integer - f.size, sha = :sha::bytea,
                     encoding = :encoding, content = :content::bytea, updated_at = greatest(f.updated_at, now()), author = :owner::uuid,
                     window_at = CASE WHEN f.window_at + interval '10 seconds' <= now() OR f.author IS DISTINCT FROM :owner::uuid
                                      THEN now() ELSE f.window_at END
    FROM taken t
   WHERE f.project = t.id AND f.path = :path AND NOT f.folder AND f.version = :v::integer AND t.used_bytes + :size::integer <= 524288000
  RETURNING f.project, f.version, f.grown
), counted AS (
  UPDATE projects p SET used_bytes = p.used_bytes + s.grown, updated_at = greatest(p.updated_at, now())
    FROM saved s WHERE p.id = s.project
)
SELECT version AS v FROM saved
\\gset
`

/** For comparison: the least that a save could be, one row and its version; no user, no quota, no project, no history. */
export const bareUpsert = `${findOwnFile}INSERT INTO files AS f (project, path, folder, version, size, sha, encoding, content)
VALUES (:project::uuid, :path, false, 1, :size::integer, :sha::bytea, :encoding, :content::bytea)
ON CONFLICT (project, path) DO UPDATE SET version = f.version + 1, size = excluded.size, sha = excluded.sha,
   encoding = excluded.encoding, content = excluded.content, updated_at = now(), window_at = now() WHERE f.version = :v::integer
RETURNING version AS v
\\gset
`
