-- What the tables and statements of the store need. Text is compared by code point everywhere (collation "C").

-- Lower case as JavaScript knows it. PostgreSQL 18 has the same full case mapping, 17 the simple one, older ones ICU's.
DO $$
DECLARE
  version int := current_setting('server_version_num')::int;
  folding text := CASE WHEN version >= 180000 THEN 'pg_unicode_fast' WHEN version >= 170000 THEN 'pg_c_utf8' ELSE 'und-x-icu' END;
BEGIN
  IF version < 150000 THEN
    RAISE EXCEPTION 'PostgreSQL 15 or later is needed; this is %.', current_setting('server_version');
  END IF;
  IF current_setting('server_encoding') <> 'UTF8' THEN
    RAISE EXCEPTION 'The database must have the encoding UTF8; it has %.', current_setting('server_encoding');
  END IF;
  EXECUTE format(
    'CREATE FUNCTION itsm_fold(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN lower($1 COLLATE %I) COLLATE "C"',
    folding
  );
END
$$;

-- Stands in a unique index for a text that may be too long for one.
CREATE FUNCTION itsm_digest(text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN sha256(convert_to($1, 'UTF8'));

-- Ends a commit that may not be: IT001 a record is not at its expected version, IT002 a counter is refused.
CREATE FUNCTION itsm_refuse(code text, entity text, id text) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = code, MESSAGE = format('The commit is refused for %s %s.', entity, id), DETAIL = concat(entity, ' ', id);
END
$$;

-- The next free number of each sequence, such as INC.
CREATE TABLE number_sequences (
  organization_id uuid NOT NULL,
  sequence text COLLATE "C" NOT NULL,
  next bigint NOT NULL,
  PRIMARY KEY (organization_id, sequence)
);
