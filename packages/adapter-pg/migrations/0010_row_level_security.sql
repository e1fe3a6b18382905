-- The wall between organizations: a statement reaches the rows of the organization that it names, whatever it forgets to
-- ask for. It names it in itsm.organization_id, for its own transaction; "everywhere" stands for all of them.

-- Puts a table with the column organization_id behind the wall, for its owner, too. What is only ever added to such a
-- table can neither be changed nor deleted by anyone who is held by the wall. The migration of a new table calls this.
CREATE FUNCTION itsm_protect(target regclass, append_only boolean DEFAULT false) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  -- The setting is in a subquery, which is evaluated once a statement, not once a row. Of a CASE the planner expects that
  -- it lets half of the rows through; of a comparison it would expect one in a hundred, and sort what an index has in order.
  reached text := $policy$CASE (SELECT current_setting('itsm.organization_id', true))
    WHEN organization_id::text THEN true WHEN 'everywhere' THEN true ELSE false END$policy$;
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', target);
  IF append_only THEN
    EXECUTE format('CREATE POLICY organization_read ON %s FOR SELECT USING (%s)', target, reached);
    EXECUTE format('CREATE POLICY organization_add ON %s FOR INSERT WITH CHECK (%s)', target, reached);
  ELSE
    EXECUTE format('CREATE POLICY organization ON %s USING (%s) WITH CHECK (%2$s)', target, reached);
  END IF;
END
$$;

-- Lets a role, which it makes where there is none, work with the tables behind the wall, and the current user take it.
-- It asks for no right that is there already.
CREATE FUNCTION itsm_admit(application text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  schema_name text := (SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = 'organizations'::regclass);
  wanted record;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = application) THEN
    EXECUTE format('CREATE ROLE %I NOLOGIN', application);
  END IF;
  IF NOT pg_has_role(application, CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END) THEN
    EXECUTE format('GRANT %I TO %I', application, current_user);
  END IF;
  IF NOT has_schema_privilege(application, schema_name, 'USAGE') THEN
    EXECUTE format('GRANT USAGE ON SCHEMA %s TO %I', schema_name, application);
  END IF;
  FOR wanted IN
    SELECT c.oid::regclass AS target, p.privilege
    FROM pg_class c
    JOIN (VALUES ('r', 'SELECT'), ('a', 'INSERT'), ('w', 'UPDATE'), ('d', 'DELETE')) AS p (command, privilege)
      ON EXISTS (SELECT FROM pg_policy l WHERE l.polrelid = c.oid AND l.polcmd::text IN (p.command, '*'))
    WHERE c.relnamespace = to_regnamespace(schema_name) AND c.relrowsecurity
      AND NOT has_table_privilege(application, c.oid, p.privilege)
    ORDER BY c.oid
  LOOP
    EXECUTE format('GRANT %s ON %s TO %I', wanted.privilege, wanted.target, application);
  END LOOP;
  -- counters of no organization
  FOR wanted IN
    SELECT p.privilege FROM (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE')) AS p (privilege)
    WHERE NOT has_table_privilege(application, 'rate_limits', p.privilege)
  LOOP
    EXECUTE format('GRANT %s ON rate_limits TO %I', wanted.privilege, application);
  END LOOP;
  -- a server whose user did not migrate asks whether all is applied
  IF NOT has_table_privilege(application, 'itsm_migrations', 'SELECT') THEN
    EXECUTE format('GRANT SELECT ON itsm_migrations TO %I', application);
  END IF;
  -- else no index on words serves behind the wall; the operator tells nothing of what it compares but its answer
  IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
    AND NOT (SELECT proleakproof FROM pg_proc WHERE oid = 'pg_catalog.ts_match_vq(tsvector, tsquery)'::regprocedure)
  THEN
    ALTER FUNCTION pg_catalog.ts_match_vq(tsvector, tsquery) LEAKPROOF;
  END IF;
END
$$;

DO $$
DECLARE
  target regclass;
BEGIN
  FOR target IN
    SELECT c.oid FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'organizations'::regclass)
      AND c.relkind IN ('r', 'p') AND a.attname = 'organization_id'
    ORDER BY c.oid
  LOOP
    PERFORM itsm_protect(target, target = 'audit_logs'::regclass);
  END LOOP;
END
$$;
