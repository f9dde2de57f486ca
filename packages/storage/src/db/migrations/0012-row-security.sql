-- The second wall. A statement that has an asking user runs under a role that owns nothing (see member-role.ts), with the user's id in the
-- setting `atelier.user` of its transaction; these policies then leave it the rows that the rule of access leaves that user, whatever its own
-- conditions say. They follow apps/server/src/access/role-sql.ts. The owner of the tables is not bound by them: the statements that most of the day
-- is made of have their authorization joined, and the server's chores are nobody's.
-- A table without a policy shows the role nothing; which rights it has at all is in member-rights.ts.

-- NULL without one, after a transaction that had one too: then the setting is ''. Always asked as a subquery: once per statement, not per row.
CREATE FUNCTION asking_user() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('atelier.user', true), '')::uuid;

-- The projects of others that the asking user was let into, or into which to write; and the user's own with them. Functions, past the
-- policies: PostgreSQL expands a table in a policy with the policies of that table, and setting up the whole tree costs more than the statement
-- it is for. They are called once per statement, when a row is not the user's own.
CREATE FUNCTION joined_projects(only_to_write boolean DEFAULT false) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
  SELECT project FROM project_members WHERE user_id = asking_user() AND (role = 'editor' OR NOT only_to_write);
END;
CREATE FUNCTION asking_users_projects() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
  SELECT id FROM projects WHERE owner = asking_user() UNION ALL SELECT joined_projects();
END;

-- The name of somebody whose id one has: an author who has left the project is still named. The row of `users` stays unseen.
CREATE FUNCTION person_name(person uuid) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
  RETURN (SELECT name FROM users WHERE id = person);

-- As it was before the statement that asks.
CREATE FUNCTION project_is_called(project uuid, its_name text, its_visibility text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  RETURN (SELECT name = its_name AND visibility = its_visibility FROM projects WHERE id = project);

REVOKE EXECUTE ON FUNCTION joined_projects(boolean), asking_users_projects(), person_name(uuid), project_is_called(uuid, text, text) FROM PUBLIC;

-- What a trigger writes is right whoever caused it. With a fixed path nobody's table stands in for ours.
DO $$
DECLARE each text;
BEGIN
  FOREACH each IN ARRAY ARRAY['tell_access_change', 'delete_operations', 'keep_version', 'keep_deleted', 'end_teaching'] LOOP
    EXECUTE format('ALTER FUNCTION %I() SECURITY DEFINER SET search_path = %I, pg_temp', each, current_schema());
  END LOOP;
END $$;

ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
ALTER TABLE project_members ENABLE ROW LEVEL SECURITY;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;

CREATE POLICY readable ON projects FOR SELECT USING (
  owner = (SELECT asking_user()) OR visibility <> 'private' OR id IN (SELECT joined_projects()));
CREATE POLICY insertable ON projects FOR INSERT WITH CHECK (owner = (SELECT asking_user()));
CREATE POLICY deletable ON projects FOR DELETE USING (owner = (SELECT asking_user()));
-- Whoever may read it may hold it, which is how a viewer finds out that they may only look; a change needs the right to write. Nobody's
-- statement may change an owner (member-rights.ts), and an editor's changes only the sums over the files.
CREATE POLICY updatable ON projects FOR UPDATE
  USING (owner = (SELECT asking_user()) OR visibility <> 'private' OR id IN (SELECT joined_projects()))
  WITH CHECK (owner = (SELECT asking_user()) OR id IN (SELECT joined_projects(true)) AND project_is_called(id, name, visibility));

-- Who is in a project is for those who are in it.
CREATE POLICY readable ON project_members FOR SELECT USING (
  user_id = (SELECT asking_user()) OR project IN (SELECT asking_users_projects()));
CREATE POLICY updatable ON project_members FOR UPDATE USING (
  EXISTS (SELECT FROM projects p WHERE p.id = project AND p.owner = (SELECT asking_user())));
CREATE POLICY deletable ON project_members FOR DELETE USING (
  user_id = (SELECT asking_user()) OR EXISTS (SELECT FROM projects p WHERE p.id = project AND p.owner = (SELECT asking_user())));

-- Of people: oneself, those in one's projects, and the owners of projects that one may read.
CREATE POLICY readable ON users FOR SELECT USING (
  id = (SELECT asking_user())
  OR (SELECT true FROM project_members m WHERE m.user_id = users.id LIMIT 1)
  OR (SELECT true FROM projects p WHERE p.owner = users.id LIMIT 1));
CREATE POLICY updatable ON users FOR UPDATE USING (id = (SELECT asking_user()));

-- `(SELECT true …)` and not EXISTS where rows of many projects lie together: PostgreSQL would rather read all projects into a hash table.

-- Tables that hang on a project, each with who reads it and who changes it: 'readers' (whoever may read the project), 'members' (its owner
-- and who was let in: what the project was is for them), 'writers', 'owner', 'nobody'.
DO $$
DECLARE
  each record;
  of_owner CONSTANT text := 'EXISTS (SELECT FROM projects p WHERE p.id = %1$I.project AND p.owner = (SELECT asking_user()))';
  who CONSTANT jsonb := jsonb_build_object(
    'readers', '(SELECT true FROM projects p WHERE p.id = %1$I.project)',
    'members', of_owner || ' OR project IN (SELECT joined_projects())',
    'writers', of_owner || ' OR project IN (SELECT joined_projects(true))',
    'owner', of_owner);
BEGIN
  FOR each IN SELECT * FROM (VALUES
      ('files', 'readers', 'writers'),
      ('file_versions', 'members', 'nobody'),
      ('version_names', 'members', 'writers'),
      ('deleted_files', 'members', 'writers'),
      ('snapshots', 'members', 'writers'),
      ('share_links', 'owner', 'owner'),
      ('assignments', 'owner', 'owner'),
      ('git_repositories', 'members', 'writers'),
      ('git_packs', 'members', 'writers'),
      ('git_exports', 'members', 'owner'),
      ('documents', 'members', 'nobody')) AS t (name, reads, changes) LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', each.name);
    EXECUTE format('CREATE POLICY readable ON %1$I FOR SELECT USING (' || (who ->> each.reads) || ')', each.name);
    CONTINUE WHEN each.changes = 'nobody';
    EXECUTE format('CREATE POLICY insertable ON %1$I FOR INSERT WITH CHECK (' || (who ->> each.changes) || ')', each.name);
    EXECUTE format('CREATE POLICY updatable ON %1$I FOR UPDATE USING (' || (who ->> each.changes) || ')', each.name);
    EXECUTE format('CREATE POLICY deletable ON %1$I FOR DELETE USING (' || (who ->> each.changes) || ')', each.name);
  END LOOP;

  -- Tables of which each row is one user's alone.
  FOR each IN SELECT * FROM (VALUES ('executions'), ('api_tokens'), ('sign_ins'), ('git_identities'), ('git_tokens')) AS t (name) LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', each.name);
    EXECUTE format('CREATE POLICY own ON %I FOR ALL USING (user_id = (SELECT asking_user()))', each.name);
  END LOOP;

  -- Tables that are seen with a row of another one.
  FOR each IN SELECT * FROM (VALUES
      ('snapshot_entries', 'snapshot', 'snapshots'),
      ('document_operations', 'document', 'documents'),
      ('document_authors', 'document', 'documents'),
      ('execution_chunks', 'execution_id', 'executions'),
      ('execution_artefacts', 'execution_id', 'executions')) AS t (name, key, parent) LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', each.name);
    EXECUTE format('CREATE POLICY readable ON %1$I FOR SELECT USING ((SELECT true FROM %3$I o WHERE o.id = %1$I.%2$I))',
                   each.name, each.key, each.parent);
  END LOOP;
  -- Written beside the snapshot, by whoever may make one.
  CREATE POLICY insertable ON snapshot_entries FOR INSERT WITH CHECK (
    (SELECT true FROM snapshots s WHERE s.id = snapshot
        AND (s.project IN (SELECT joined_projects(true))
             OR EXISTS (SELECT FROM projects p WHERE p.id = s.project AND p.owner = (SELECT asking_user())))));

  -- Tables of which the role sees nothing at all.
  FOR each IN SELECT * FROM (VALUES ('sessions'), ('identities'), ('idempotency_keys'), ('schema_migrations')) AS t (name) LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', each.name);
  END LOOP;
END $$;

-- What one did, and what was done in one's projects. A line is written by whoever does what it tells of.
ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON audit_log FOR SELECT USING (
  user_id = (SELECT asking_user()) OR EXISTS (SELECT FROM projects p WHERE p.id = project AND p.owner = (SELECT asking_user())));
CREATE POLICY insertable ON audit_log FOR INSERT WITH CHECK (user_id = (SELECT asking_user()));

ALTER TABLE assignment_students ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON assignment_students FOR SELECT USING ((SELECT asking_user()) IN (user_id, teacher));
