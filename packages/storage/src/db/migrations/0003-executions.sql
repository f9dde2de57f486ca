-- Executions and their kept output. Ids are UUID version 7, which begin with the time, so both tables are partitioned by
-- id: what is old is purged by dropping whole partitions (the server makes and drops them).
CREATE TABLE executions (
  id          uuid NOT NULL,
  user_id     uuid NOT NULL,
  project_id  uuid,
  server_key  bigint NOT NULL, -- the advisory lock that the owning server holds while it lives
  language    text NOT NULL,
  entry_point text NOT NULL,
  isolation   text NOT NULL,
  limits      jsonb NOT NULL,
  started_at  timestamptz NOT NULL,
  ended_at    timestamptz,
  result      jsonb,
  PRIMARY KEY (id),
  CHECK ((ended_at IS NULL) = (result IS NULL))
) PARTITION BY RANGE (id);
CREATE INDEX executions_user ON executions (user_id, id DESC);
CREATE INDEX executions_unended ON executions (server_key) WHERE ended_at IS NULL;

-- events: the kept events as a JSON array in UTF-8 (bytes, because JSON text may hold NUL, which text cannot).
CREATE TABLE execution_chunks (
  execution_id  uuid NOT NULL,
  first_seq     integer NOT NULL,
  dropped_bytes bigint NOT NULL,
  events        bytea NOT NULL,
  PRIMARY KEY (execution_id, first_seq)
) PARTITION BY RANGE (execution_id);
ALTER TABLE execution_chunks ALTER COLUMN events SET STORAGE EXTERNAL;

CREATE TABLE idempotency_keys (
  user_id      uuid NOT NULL,
  key          text NOT NULL,
  body_sha     bytea NOT NULL,
  execution_id uuid NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
