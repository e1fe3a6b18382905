-- What an organization adds to its records, and what another system calls them.
ALTER TABLE organizations
  ADD COLUMN custom_fields jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN external_id text COLLATE "C",
  ADD COLUMN external_source text COLLATE "C";
CREATE UNIQUE INDEX organizations_external_id_external_source_key ON organizations (organization_id, external_id, external_source) WHERE deleted_at IS NULL AND external_id IS NOT NULL;
ALTER TABLE departments
  ADD COLUMN custom_fields jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN external_id text COLLATE "C",
  ADD COLUMN external_source text COLLATE "C";
CREATE UNIQUE INDEX departments_external_id_external_source_key ON departments (organization_id, external_id, external_source) WHERE deleted_at IS NULL AND external_id IS NOT NULL;
ALTER TABLE teams
  ADD COLUMN custom_fields jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN external_id text COLLATE "C",
  ADD COLUMN external_source text COLLATE "C";
CREATE UNIQUE INDEX teams_external_id_external_source_key ON teams (organization_id, external_id, external_source) WHERE deleted_at IS NULL AND external_id IS NOT NULL;
ALTER TABLE team_members
  ADD COLUMN custom_fields jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN external_id text COLLATE "C",
  ADD COLUMN external_source text COLLATE "C";
CREATE UNIQUE INDEX team_members_external_id_external_source_key ON team_members (organization_id, external_id, external_source) WHERE deleted_at IS NULL AND external_id IS NOT NULL;
ALTER TABLE users
  ADD COLUMN custom_fields jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN external_id text COLLATE "C",
  ADD COLUMN external_source text COLLATE "C";
CREATE UNIQUE INDEX users_external_id_external_source_key ON users (organization_id, external_id, external_source) WHERE deleted_at IS NULL AND external_id IS NOT NULL;
ALTER TABLE roles
  ADD COLUMN custom_fields jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN external_id text COLLATE "C",
  ADD COLUMN external_source text COLLATE "C";
CREATE UNIQUE INDEX roles_external_id_external_source_key ON roles (organization_id, external_id, external_source) WHERE deleted_at IS NULL AND external_id IS NOT NULL;
ALTER TABLE user_roles
  ADD COLUMN custom_fields jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN external_id text COLLATE "C",
  ADD COLUMN external_source text COLLATE "C";
CREATE UNIQUE INDEX user_roles_external_id_external_source_key ON user_roles (organization_id, external_id, external_source) WHERE deleted_at IS NULL AND external_id IS NOT NULL;
ALTER TABLE user_permissions
  ADD COLUMN custom_fields jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN external_id text COLLATE "C",
  ADD COLUMN external_source text COLLATE "C";
CREATE UNIQUE INDEX user_permissions_external_id_external_source_key ON user_permissions (organization_id, external_id, external_source) WHERE deleted_at IS NULL AND external_id IS NOT NULL;
ALTER TABLE incidents
  ADD COLUMN custom_fields jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN external_id text COLLATE "C",
  ADD COLUMN external_source text COLLATE "C";
CREATE UNIQUE INDEX incidents_external_id_external_source_key ON incidents (organization_id, external_id, external_source) WHERE deleted_at IS NULL AND external_id IS NOT NULL;
ALTER TABLE incident_comments
  ADD COLUMN custom_fields jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN external_id text COLLATE "C",
  ADD COLUMN external_source text COLLATE "C";
CREATE UNIQUE INDEX incident_comments_external_id_external_source_key ON incident_comments (organization_id, external_id, external_source) WHERE deleted_at IS NULL AND external_id IS NOT NULL;
ALTER TABLE categories
  ADD COLUMN custom_fields jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN external_id text COLLATE "C",
  ADD COLUMN external_source text COLLATE "C";
CREATE UNIQUE INDEX categories_external_id_external_source_key ON categories (organization_id, external_id, external_source) WHERE deleted_at IS NULL AND external_id IS NOT NULL;

-- The fields that an organization has added.
CREATE TABLE custom_fields (
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  version bigint NOT NULL,
  created_at timestamptz(3) NOT NULL,
  created_by_id uuid,
  updated_at timestamptz(3) NOT NULL,
  updated_by_id uuid,
  deleted_at timestamptz(3),
  deleted_by_id uuid,
  entity_type text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  label text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  options jsonb NOT NULL,
  is_required boolean NOT NULL,
  is_active boolean NOT NULL,
  position bigint NOT NULL,
  custom_fields jsonb NOT NULL,
  external_id text COLLATE "C",
  external_source text COLLATE "C",
  search_words tsvector NOT NULL,
  PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX custom_fields_entity_type_key_key ON custom_fields (organization_id, entity_type, key) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX custom_fields_external_id_external_source_key ON custom_fields (organization_id, external_id, external_source) WHERE deleted_at IS NULL AND external_id IS NOT NULL;
CREATE INDEX custom_fields_list ON custom_fields (organization_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX custom_fields_search ON custom_fields USING gin (search_words);
SELECT itsm_protect('custom_fields');
ALTER TABLE custom_fields ADD CONSTRAINT custom_fields_organization_id_fkey FOREIGN KEY (organization_id, organization_id) REFERENCES organizations (organization_id, id);

-- The value of a field that an organization has added, as one of a kind; null where there is none, or one of another kind
-- from a time when the key meant something else.
CREATE FUNCTION itsm_custom_text(jsonb, text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
  (CASE WHEN jsonb_typeof($1 -> $2) = 'string' THEN $1 ->> $2 END) COLLATE "C";
CREATE FUNCTION itsm_custom_decimal(jsonb, text) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
  CASE WHEN jsonb_typeof($1 -> $2) = 'number' THEN ($1 -> $2)::numeric END;
CREATE FUNCTION itsm_custom_integer(jsonb, text) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
  CASE WHEN itsm_custom_decimal($1, $2) % 1 = 0 AND abs(itsm_custom_decimal($1, $2)) <= 9007199254740991
    THEN itsm_custom_decimal($1, $2) END;
CREATE FUNCTION itsm_custom_boolean(jsonb, text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
  CASE WHEN jsonb_typeof($1 -> $2) = 'boolean' THEN ($1 -> $2)::boolean END;
CREATE FUNCTION itsm_custom_date(jsonb, text) RETURNS text LANGUAGE sql STABLE STRICT PARALLEL SAFE RETURN
  (CASE WHEN itsm_custom_text($1, $2) ~ '^\d{4}-\d\d-\d\d$' AND pg_input_is_valid(itsm_custom_text($1, $2), 'date')
    THEN itsm_custom_text($1, $2) END) COLLATE "C";
CREATE FUNCTION itsm_custom_instant(jsonb, text) RETURNS text LANGUAGE sql STABLE STRICT PARALLEL SAFE RETURN
  (CASE WHEN itsm_custom_text($1, $2) ~ '^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$'
      AND pg_input_is_valid(itsm_custom_text($1, $2), 'timestamptz')
    THEN itsm_custom_text($1, $2) END) COLLATE "C";
CREATE FUNCTION itsm_custom_texts(jsonb, text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
  CASE WHEN jsonb_typeof($1 -> $2) = 'array'
    THEN ARRAY(SELECT item FROM jsonb_array_elements_text($1 -> $2) WITH ORDINALITY AS items (item, place) ORDER BY place) END;
