-- used_bytes, used_entries: the sums over `files`, kept by every statement that changes them, so that the quota is one comparison.
-- Whoever writes files of a project locks its row first, several projects in the order of their ids: no deadlocks, no lost sums.
CREATE TABLE projects (
  id           uuid PRIMARY KEY,
  owner        uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  name         text NOT NULL,
  used_bytes   bigint NOT NULL DEFAULT 0 CHECK (used_bytes >= 0),
  used_entries integer NOT NULL DEFAULT 0 CHECK (used_entries >= 0),
  created_at   timestamptz(3) NOT NULL DEFAULT now(),
  updated_at   timestamptz(3) NOT NULL DEFAULT now()
) WITH (fillfactor = 70);
-- Not over updated_at: every save changes it, and an index over it would have to be written each time.
CREATE INDEX projects_owner ON projects (owner);

-- A folder is a row of its own, with version 0 and no content. Every folder on the way to a file has its row.
-- encoding: how `content` holds the bytes. 'blob': it does not, they are the blob that is named by `sha`.
-- grown: by how many bytes the last save changed the size.
CREATE TABLE files (
  project    uuid NOT NULL REFERENCES projects ON DELETE CASCADE,
  path       text COLLATE "C" NOT NULL,
  folder     boolean NOT NULL,
  version    integer NOT NULL,
  size       integer NOT NULL CHECK (size >= 0),
  grown      integer NOT NULL DEFAULT 0,
  sha        bytea CHECK (length(sha) = 32),
  encoding   text CHECK (encoding IN ('raw', 'deflate', 'blob')),
  content    bytea,
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (project, path),
  CHECK (folder = (version = 0) AND folder = (sha IS NULL) AND folder = (encoding IS NULL)),
  CHECK ((content IS NULL) = (folder OR encoding = 'blob'))
)
-- Content arrives compressed: PostgreSQL's own compression would cost 1.4 times the throughput and gain nothing. A page
-- that is half empty has room for the next version of its rows, so a save touches no index.
WITH (fillfactor = 50, toast_tuple_target = 4080);
ALTER TABLE files ALTER COLUMN content SET STORAGE EXTERNAL;
