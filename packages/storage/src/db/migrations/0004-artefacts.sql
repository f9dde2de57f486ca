-- What programs left behind. Kept and purged with their executions.
CREATE TABLE execution_artefacts (
  execution_id uuid NOT NULL,
  path         text COLLATE "C" NOT NULL,
  executable   boolean NOT NULL,
  content      bytea NOT NULL,
  PRIMARY KEY (execution_id, path)
) PARTITION BY RANGE (execution_id);
