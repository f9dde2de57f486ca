-- What others see of a person. Not unique: it says who is typing, not who may.
ALTER TABLE users ADD COLUMN name text NOT NULL DEFAULT 'Guest' CHECK (char_length(name) BETWEEN 1 AND 40);

-- Who may enter a project beside its owner, who has no row here.
CREATE TABLE project_members (
  project   uuid NOT NULL REFERENCES projects ON DELETE CASCADE,
  user_id   uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  role      text NOT NULL CHECK (role IN ('editor', 'viewer')),
  joined_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (project, user_id)
);
CREATE INDEX project_members_user ON project_members (user_id);

-- Whoever has the token of a link may join with its role, while it is neither revoked nor expired. token_sha: SHA-256 of the token;
-- the token itself is stored nowhere. Dead links are removed when the next one is made.
CREATE TABLE share_links (
  id           uuid PRIMARY KEY,
  project      uuid NOT NULL REFERENCES projects ON DELETE CASCADE,
  token_sha    bytea NOT NULL UNIQUE CHECK (length(token_sha) = 32),
  role         text NOT NULL CHECK (role IN ('editor', 'viewer')),
  created_by   uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  created_at   timestamptz(3) NOT NULL DEFAULT now(),
  expires_at   timestamptz(3),
  revoked_at   timestamptz(3),
  last_used_at timestamptz(3)
);
CREATE INDEX share_links_project ON share_links (project);
CREATE INDEX share_links_creator ON share_links (created_by);

-- Whoever changes who may enter, and however: every server hears of it when it is committed, as 'project' or 'project/user'.
CREATE FUNCTION tell_access_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'projects' THEN PERFORM pg_notify('atelier_access', OLD.id::text);
  ELSIF TG_OP = 'DELETE' THEN PERFORM pg_notify('atelier_access', OLD.project || '/' || OLD.user_id);
  ELSE PERFORM pg_notify('atelier_access', NEW.project || '/' || NEW.user_id);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER tell_access_change AFTER INSERT OR UPDATE OF role OR DELETE ON project_members
  FOR EACH ROW EXECUTE FUNCTION tell_access_change();
CREATE TRIGGER tell_access_change AFTER DELETE ON projects
  FOR EACH ROW EXECUTE FUNCTION tell_access_change();
