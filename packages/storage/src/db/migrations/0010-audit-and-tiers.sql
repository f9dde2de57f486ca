-- Who did what, when and from where. A line is written in the transaction of the change that it tells of, and is never changed: only whole
-- months are dropped, when they are older than what is kept.
-- user_id, project, object: without foreign keys, as lines outlive what they speak of. user_id NULL: nobody who is known.
-- via: the API token that was used ("token:<id>"); NULL: a browser, or the server itself.
-- result 'refused': it was tried and not done, such as a sign-in with a wrong password.
-- address: of the network, as the proxy of ours tells it (TRUST_PROXY). request: X-Request-Id of the answer.
CREATE TABLE audit_log (
  id      uuid NOT NULL,
  at      timestamptz(3) NOT NULL DEFAULT now(),
  user_id uuid,
  via     text CHECK (char_length(via) <= 60),
  action  text NOT NULL CHECK (action ~ '^[a-z][a-z-]{0,29}\.[a-z][a-z-]{0,29}$'),
  project uuid,
  object  text CHECK (char_length(object) <= 300),
  result  text NOT NULL CHECK (result IN ('done', 'refused')),
  address inet,
  request uuid,
  details jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (at, id)
) PARTITION BY RANGE (at);
CREATE INDEX audit_log_project ON audit_log (project, at DESC, id DESC) WHERE project IS NOT NULL;
CREATE INDEX audit_log_user ON audit_log (user_id, at DESC, id DESC);

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'lines of the audit log are never changed or removed' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

-- The month that `day` is in, in UTC. Row triggers come to a partition by themselves, those of TRUNCATE do not.
CREATE FUNCTION make_audit_month(day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  month timestamp := date_trunc('month', day::timestamp);
  name  text := 'audit_log_' || to_char(month, 'YYYYMM');
BEGIN
  IF to_regclass(name) IS NOT NULL THEN RETURN; END IF;
  EXECUTE format('CREATE TABLE %I PARTITION OF audit_log FOR VALUES FROM (%L) TO (%L)', name,
                 to_char(month, 'YYYY-MM-DD 00:00:00"+00"'), to_char(month + interval '1 month', 'YYYY-MM-DD 00:00:00"+00"'));
  EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()', name);
END $$;
SELECT make_audit_month((now() AT TIME ZONE 'UTC' + make_interval(months => ahead))::date) FROM generate_series(-1, 3) AS ahead;

-- What a user may use of the server: the name of a tier of the settings. NULL: the one that goes with being a guest, an account or an
-- administrator, and so is one that the settings do not name any more.
ALTER TABLE users ADD COLUMN tier text CHECK (tier ~ '^[a-z][a-z0-9-]{0,19}$');
