-- Everybody starts as a guest; accounts claim a guest later.
CREATE TABLE users (
  id         uuid PRIMARY KEY,
  kind       text NOT NULL CHECK (kind IN ('guest')),
  created_at timestamptz NOT NULL DEFAULT now()
);

-- token_sha: SHA-256 of the session token. The token itself is stored nowhere.
CREATE TABLE sessions (
  token_sha  bytea PRIMARY KEY CHECK (length(token_sha) = 32),
  user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);
