-- Tags are a list that can be asked for its items.
CREATE FUNCTION itsm_texts(list jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE AS
  $$ SELECT ARRAY(SELECT item FROM jsonb_array_elements_text(list) WITH ORDINALITY AS items (item, place) ORDER BY place) $$;
ALTER TABLE incidents ALTER COLUMN tags TYPE text[] USING itsm_texts(tags);
DROP FUNCTION itsm_texts(jsonb);
CREATE INDEX incidents_tags_items ON incidents USING gin (tags);

-- Else no index of items serves behind the wall; the operators tell nothing of what they compare but their answer.
CREATE FUNCTION itsm_trust_lists() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AND EXISTS (
    SELECT FROM pg_proc WHERE NOT proleakproof
      AND oid IN ('pg_catalog.arraycontains(anyarray, anyarray)'::regprocedure, 'pg_catalog.arrayoverlap(anyarray, anyarray)'::regprocedure)
  ) THEN
    ALTER FUNCTION pg_catalog.arraycontains(anyarray, anyarray) LEAKPROOF;
    ALTER FUNCTION pg_catalog.arrayoverlap(anyarray, anyarray) LEAKPROOF;
  END IF;
END
$$;

-- In a unique key null is equal to null. What two had together before is told apart first.

-- Of root categories with one name the later ones are called "name (2)", "name (3)".
DO $$
DECLARE
  twin record;
  place int;
  candidate text;
BEGIN
  FOR twin IN
    SELECT organization_id, id, name FROM (
      SELECT organization_id, id, name, row_number() OVER (PARTITION BY organization_id, name ORDER BY created_at, id) AS place
      FROM categories WHERE parent_id IS NULL AND deleted_at IS NULL
    ) roots WHERE roots.place > 1 ORDER BY organization_id, name, roots.place
  LOOP
    place := 1;
    LOOP
      place := place + 1;
      candidate := left(twin.name, 190) || ' (' || place || ')';
      EXIT WHEN NOT EXISTS (
        SELECT FROM categories c
        WHERE c.organization_id = twin.organization_id AND c.parent_id IS NULL AND c.deleted_at IS NULL AND c.name = candidate
      );
    END LOOP;
    UPDATE categories SET name = candidate, search_words = search_words || array_to_tsvector(ARRAY[place::text]),
      version = version + 1, updated_at = date_trunc('milliseconds', now()), updated_by_id = NULL
    WHERE organization_id = twin.organization_id AND id = twin.id;
  END LOOP;
END
$$;
DROP INDEX categories_name_parent_id_key;
CREATE UNIQUE INDEX categories_name_parent_id_key ON categories (organization_id, name, parent_id) NULLS NOT DISTINCT WHERE deleted_at IS NULL;

-- Of answers to one key of nobody the last is kept.
DELETE FROM idempotency_records r USING idempotency_records later
WHERE r.actor_id IS NULL AND later.actor_id IS NULL AND r.deleted_at IS NULL AND later.deleted_at IS NULL
  AND r.organization_id = later.organization_id AND r.key = later.key AND (r.created_at, r.id) < (later.created_at, later.id);
DROP INDEX idempotency_records_actor_id_key_key;
CREATE UNIQUE INDEX idempotency_records_actor_id_key_key ON idempotency_records (organization_id, actor_id, itsm_digest(key)) NULLS NOT DISTINCT WHERE deleted_at IS NULL;

-- A person has a role in one place once. Of several the one that lasts longest stays.
UPDATE user_roles held SET deleted_at = date_trunc('milliseconds', now()), version = version + 1,
  updated_at = date_trunc('milliseconds', now()), updated_by_id = NULL
FROM (
  SELECT organization_id, id, row_number() OVER (
    PARTITION BY organization_id, user_id, role_id, scope_id ORDER BY valid_to DESC NULLS FIRST, valid_from NULLS FIRST, created_at, id
  ) AS place
  FROM user_roles WHERE deleted_at IS NULL
) ranked
WHERE ranked.place > 1 AND held.organization_id = ranked.organization_id AND held.id = ranked.id;
CREATE UNIQUE INDEX user_roles_user_id_role_id_scope_id_key ON user_roles (organization_id, user_id, role_id, scope_id) NULLS NOT DISTINCT WHERE deleted_at IS NULL;
