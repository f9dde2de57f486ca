-- A guest becomes an account by claiming it: the same row, so everything that the guest owns stays theirs.
-- login: as it was typed; login_key: how it is compared (NFKC, case folded). password: argon2id in PHC form.
-- Without a password one signs in with an identity of another place only.
ALTER TABLE users DROP CONSTRAINT users_kind_check;
ALTER TABLE users
  ADD CONSTRAINT users_kind_check CHECK (kind IN ('guest', 'account')),
  ADD COLUMN login       text,
  ADD COLUMN login_key   text UNIQUE,
  ADD COLUMN password    text,
  ADD COLUMN admin       boolean NOT NULL DEFAULT false,
  ADD COLUMN disabled_at timestamptz(3),
  ADD COLUMN claimed_at  timestamptz(3),
  ADD CHECK ((login IS NULL) = (login_key IS NULL)),
  ADD CHECK (password IS NULL OR login IS NOT NULL),
  ADD CHECK (kind = 'account' OR (login IS NULL AND NOT admin));
CREATE INDEX users_admins ON users (id) WHERE admin;

-- A browser that is signed in, from sign-in to sign-out. Its two tokens are one pair at a time, and no token is stored, only its SHA-256.
-- family_sha: of the first part of the refresh token, which stays: a token of this family that is neither the present one nor the one
--   before it was used twice, by two people, and ends the family.
-- confirmed: the present pair has reached the browser. While it has not, the previous refresh token may ask for another one.
CREATE TABLE sign_ins (
  id                uuid PRIMARY KEY,
  user_id           uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  family_sha        bytea NOT NULL UNIQUE CHECK (length(family_sha) = 32),
  refresh_sha       bytea NOT NULL CHECK (length(refresh_sha) = 32),
  previous_sha      bytea CHECK (length(previous_sha) = 32),
  rotated_at        timestamptz(3) NOT NULL DEFAULT now(),
  confirmed         boolean NOT NULL DEFAULT false,
  access_sha        bytea NOT NULL UNIQUE CHECK (length(access_sha) = 32),
  access_expires_at timestamptz(3) NOT NULL,
  device            text NOT NULL CHECK (char_length(device) <= 60),
  created_at        timestamptz(3) NOT NULL DEFAULT now(),
  last_used_at      timestamptz(3) NOT NULL DEFAULT now(),
  expires_at        timestamptz(3) NOT NULL
);
CREATE INDEX sign_ins_user ON sign_ins (user_id);

-- For scripts. Deleted when revoked.
CREATE TABLE api_tokens (
  id           uuid PRIMARY KEY,
  user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  name         text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 60),
  token_sha    bytea NOT NULL UNIQUE CHECK (length(token_sha) = 32),
  scopes       text[] NOT NULL CHECK (cardinality(scopes) > 0),
  created_at   timestamptz(3) NOT NULL DEFAULT now(),
  last_used_at timestamptz(3),
  expires_at   timestamptz(3)
);
CREATE INDEX api_tokens_user ON api_tokens (user_id);

-- Somebody as another place knows them (OpenID Connect). The subject alone says who it is; an e-mail address never does.
CREATE TABLE identities (
  issuer     text NOT NULL,
  subject    text NOT NULL,
  user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_user ON identities (user_id);
