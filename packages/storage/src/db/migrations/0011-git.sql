-- The git repository of a project: what a bare one has on a disk, here as rows and blobs. refs: full names and commits, {"refs/heads/main": "…"}.
-- head: the branch that the project's files are of; it need not be there before the first commit.
-- version: counts the changes; an operation that began with another one is refused, so that none takes back what another did.
CREATE TABLE git_repositories (
  project    uuid PRIMARY KEY REFERENCES projects ON DELETE CASCADE,
  head       text NOT NULL,
  refs       jsonb NOT NULL,
  remote_url text,
  version    integer NOT NULL DEFAULT 1,
  updated_at timestamptz(3) NOT NULL DEFAULT now()
);

-- Its objects: packs as git wrote them, each with its index, as blobs. A pack is never changed; now and then all become one.
CREATE TABLE git_packs (
  project    uuid NOT NULL REFERENCES git_repositories ON DELETE CASCADE,
  number     integer NOT NULL,
  pack_sha   bytea NOT NULL CHECK (length(pack_sha) = 32),
  index_sha  bytea NOT NULL CHECK (length(index_sha) = 32),
  pack_size  integer NOT NULL,
  index_size integer NOT NULL,
  PRIMARY KEY (project, number)
);
CREATE INDEX git_packs_pack ON git_packs (pack_sha);
CREATE INDEX git_packs_index ON git_packs (index_sha);

-- Who a person's commits are by, when it is not the usual name.
CREATE TABLE git_identities (
  user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
  name    text NOT NULL,
  email   text NOT NULL
);

-- What a person may push with, for one host. sealed: AES-256-GCM with a key that is not in the database; bound to the host (a guest may become an account).
CREATE TABLE git_tokens (
  user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  host       text NOT NULL,
  username   text NOT NULL,
  sealed     bytea NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, host)
);

-- Projects that are exported again and again. set_by: in whose name, and with whose token. failures: in a row; each makes the pause longer.
CREATE TABLE git_exports (
  project         uuid PRIMARY KEY REFERENCES projects ON DELETE CASCADE,
  set_by          uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  target          text NOT NULL CHECK (target IN ('remote', 'folder')),
  url             text,
  branch          text,
  every_minutes   integer NOT NULL CHECK (every_minutes BETWEEN 5 AND 1440),
  next_at         timestamptz(3) NOT NULL DEFAULT now(),
  last_success_at timestamptz(3),
  last_error      text,
  failures        integer NOT NULL DEFAULT 0,
  CHECK ((target = 'remote') = (url IS NOT NULL))
);
CREATE INDEX git_exports_next ON git_exports (next_at);
