-- A text file that is, or was, edited together. It comes into being when a file is first opened, with the file's text as its snapshot, and
-- goes with the file.
-- engine: who can read snapshot and operations.
-- epoch: grows with each server that takes the document over; a write of an earlier epoch changes nothing. It is in a unique index, so
--   that changing it waits for writers that hold the row FOR KEY SHARE, which saving a snapshot does not.
-- owner: `server_key` of the server that has it open, see executions; NULL: nobody has, and everything is in the file.
-- snapshot: all operations up to snapshot_seq. first_snapshot: where playback begins, with the operations after first_seq.
-- filed_seq: the file, at version file_version, holds the text with the operations up to here. A file at another version was written
--   while nobody had the document open.
CREATE TABLE documents (
  id             uuid PRIMARY KEY,
  project        uuid NOT NULL,
  path           text COLLATE "C" NOT NULL,
  engine         text NOT NULL CHECK (engine IN ('crdt', 'ot')),
  epoch          integer NOT NULL DEFAULT 0,
  owner          bigint,
  snapshot       bytea NOT NULL,
  snapshot_seq   bigint NOT NULL DEFAULT 0,
  first_snapshot bytea NOT NULL,
  first_seq      bigint NOT NULL DEFAULT 0,
  filed_seq      bigint NOT NULL DEFAULT 0,
  file_version   integer NOT NULL,
  line_end       text NOT NULL CHECK (line_end IN ('lf', 'crlf')),
  created_at     timestamptz(3) NOT NULL DEFAULT now(),
  UNIQUE (project, path),
  UNIQUE (id, epoch),
  FOREIGN KEY (project, path) REFERENCES files (project, path) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX documents_owner ON documents (owner) WHERE owner IS NOT NULL;
ALTER TABLE documents ALTER COLUMN snapshot SET STORAGE EXTERNAL;
ALTER TABLE documents ALTER COLUMN first_snapshot SET STORAGE EXTERNAL;

-- The changes of a document in their order, as members were sent them. Kept after they are in a snapshot too, for playback, until they are
-- many or old. No foreign key: its check would be a second lock per row, and whoever appends holds the document's row anyway.
CREATE TABLE document_operations (
  document uuid NOT NULL,
  seq      bigint NOT NULL,
  at       timestamptz(3) NOT NULL DEFAULT now(),
  bytes    bytea NOT NULL,
  PRIMARY KEY (document, seq)
);
ALTER TABLE document_operations ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- Who typed what: the engine's names of authors (a Yjs client id, a connection), and the people behind them. `name` as it was then.
CREATE TABLE document_authors (
  document uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
  author   text NOT NULL,
  user_id  uuid NOT NULL,
  name     text NOT NULL,
  PRIMARY KEY (document, author)
);

CREATE FUNCTION delete_operations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM document_operations WHERE document = OLD.id;
  RETURN NULL;
END $$;
CREATE TRIGGER delete_operations AFTER DELETE ON documents FOR EACH ROW EXECUTE FUNCTION delete_operations();
