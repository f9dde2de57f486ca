-- visibility: who may read without being let in. 'unlisted': whoever has the address; 'public': it is listed too.
-- fork_of: where its first files came from. No reference: an origin that is deleted leaves its forks as they are.
ALTER TABLE projects
  ADD COLUMN visibility text NOT NULL DEFAULT 'private' CHECK (visibility IN ('private', 'unlisted', 'public')),
  ADD COLUMN fork_of    uuid;
CREATE INDEX projects_public ON projects (id) WHERE visibility = 'public';
CREATE TRIGGER tell_visibility AFTER UPDATE OF visibility ON projects
  FOR EACH ROW WHEN (OLD.visibility <> NEW.visibility) EXECUTE FUNCTION tell_access_change();

-- A project that is handed out: whoever opens its link gets a fork of their own, which the owner of the project, the teacher, sees too.
-- token_sha: SHA-256 of the link's token; NULL: the link was revoked. The token itself is stored nowhere.
-- taking: false: no new students; who has a fork keeps it. expires_at: the same from then on.
CREATE TABLE assignments (
  id           uuid PRIMARY KEY,
  project      uuid NOT NULL REFERENCES projects ON DELETE CASCADE,
  name         text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 120),
  teacher_role text NOT NULL CHECK (teacher_role IN ('editor', 'viewer')),
  token_sha    bytea UNIQUE CHECK (length(token_sha) = 32),
  taking       boolean NOT NULL DEFAULT true,
  created_at   timestamptz(3) NOT NULL DEFAULT now(),
  expires_at   timestamptz(3)
);
CREATE INDEX assignments_project ON assignments (project);

-- name: as they said when they came. teacher: has a row in project_members of the fork, which stands as long as this one.
CREATE TABLE assignment_students (
  assignment uuid NOT NULL REFERENCES assignments ON DELETE CASCADE,
  user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  project    uuid NOT NULL UNIQUE REFERENCES projects ON DELETE CASCADE,
  teacher    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  name       text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 40),
  joined_at  timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (assignment, user_id)
);
CREATE INDEX assignment_students_user ON assignment_students (user_id);
CREATE INDEX assignment_students_teacher ON assignment_students (teacher);

-- An assignment that is deleted, with its project or alone, takes the teacher's way into the forks along.
CREATE FUNCTION end_teaching() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM project_members WHERE project = OLD.project AND user_id = OLD.teacher;
  RETURN NULL;
END $$;
CREATE TRIGGER end_teaching AFTER DELETE ON assignment_students FOR EACH ROW EXECUTE FUNCTION end_teaching();
