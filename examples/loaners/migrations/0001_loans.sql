CREATE TABLE loans (
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  version bigint NOT NULL,
  created_at timestamptz(3) NOT NULL,
  created_by_id uuid,
  updated_at timestamptz(3) NOT NULL,
  updated_by_id uuid,
  deleted_at timestamptz(3),
  deleted_by_id uuid,
  device text COLLATE "C" NOT NULL,
  borrower_id uuid NOT NULL,
  incident_id uuid,
  due_at timestamptz(3) NOT NULL,
  state text COLLATE "C" NOT NULL,
  device_out text COLLATE "C",
  returned_at timestamptz(3),
  custom_fields jsonb NOT NULL,
  external_id text COLLATE "C",
  external_source text COLLATE "C",
  search_words tsvector NOT NULL,
  PRIMARY KEY (organization_id, id),
  CONSTRAINT loans_organization_id_fkey FOREIGN KEY (organization_id, organization_id) REFERENCES organizations (organization_id, id),
  CONSTRAINT loans_borrower_id_fkey FOREIGN KEY (organization_id, borrower_id) REFERENCES users (organization_id, id),
  CONSTRAINT loans_incident_id_fkey FOREIGN KEY (organization_id, incident_id) REFERENCES incidents (organization_id, id)
);
CREATE UNIQUE INDEX loans_device_out_key ON loans (organization_id, device_out) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX loans_external_id_external_source_key ON loans (organization_id, external_id, external_source) WHERE deleted_at IS NULL AND external_id IS NOT NULL;
CREATE INDEX loans_incident_id_idx ON loans (organization_id, incident_id, id);
CREATE INDEX loans_list ON loans (organization_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX loans_search ON loans USING gin (search_words);

SELECT itsm_protect('loans');
