-- A fork writes ten thousand rows of `files` in one statement, and a third of its time went into asking for each whether its project is there.
-- What the foreign key promised holds as before, but is looked at once per statement and project: a file is of a project that is there, it
-- stays in that project, and it goes with it.
ALTER TABLE files DROP CONSTRAINT files_project_fkey;

-- As the foreign key does, it holds each project until the transaction ends: one that is being deleted is waited for, and then there is none.
CREATE FUNCTION hold_projects_of_files() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE each uuid;
BEGIN
  FOR each IN SELECT DISTINCT project FROM added ORDER BY project LOOP
    PERFORM FROM projects WHERE id = each FOR KEY SHARE;
    IF NOT FOUND THEN
      RAISE foreign_key_violation USING TABLE = 'files', CONSTRAINT = 'files_project_fkey',
        MESSAGE = format('files violate their foreign key: there is no project %s', each);
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER hold_projects_of_files AFTER INSERT ON files REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION hold_projects_of_files();

CREATE FUNCTION delete_files_of_projects() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE each uuid;
BEGIN
  FOR each IN SELECT id FROM gone ORDER BY id LOOP
    DELETE FROM files WHERE project = each;
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER delete_files_of_projects AFTER DELETE ON projects REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION delete_files_of_projects();

CREATE FUNCTION refuse_other_project() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE foreign_key_violation USING TABLE = TG_TABLE_NAME,
    MESSAGE = format('a row of %s violates a foreign key: a project keeps its id, and a file its project', TG_TABLE_NAME);
END $$;
CREATE TRIGGER files_stay AFTER UPDATE OF project ON files
  FOR EACH ROW WHEN (OLD.project <> NEW.project) EXECUTE FUNCTION refuse_other_project();
CREATE TRIGGER projects_stay AFTER UPDATE OF id ON projects
  FOR EACH ROW WHEN (OLD.id <> NEW.id) EXECUTE FUNCTION refuse_other_project();

-- What a trigger does is right whoever caused it. With a fixed path nobody's table stands in for ours.
DO $$
DECLARE each text;
BEGIN
  FOREACH each IN ARRAY ARRAY['hold_projects_of_files', 'delete_files_of_projects', 'refuse_other_project'] LOOP
    EXECUTE format('ALTER FUNCTION %I() SECURITY DEFINER SET search_path = %I, pg_temp', each, current_schema());
  END LOOP;
END $$;

-- Numbers of histories are drawn a hundred at a time; some are never used.
ALTER TABLE files ALTER COLUMN history SET CACHE 100;
