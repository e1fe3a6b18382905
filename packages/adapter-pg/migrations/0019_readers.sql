-- Readers that a record names are found by an index of its list, behind the wall, too.
CREATE FUNCTION itsm_trust_lists() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  -- else no index on a list serves behind the wall; the operators tell nothing of what they compare but their answer
  IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
    AND NOT (SELECT proleakproof FROM pg_proc WHERE oid = 'pg_catalog.arraycontains(anyarray, anyarray)'::regprocedure)
  THEN
    ALTER FUNCTION pg_catalog.arraycontains(anyarray, anyarray) LEAKPROOF;
    ALTER FUNCTION pg_catalog.arrayoverlap(anyarray, anyarray) LEAKPROOF;
  END IF;
END
$$;
