-- What led to an event, and whom it was done for; which records an audit entry is about.
ALTER TABLE outbox_events ADD COLUMN on_behalf_of_id uuid;
ALTER TABLE audit_logs ADD COLUMN on_behalf_of_id uuid;
ALTER TABLE audit_logs ADD COLUMN causation_id uuid;
ALTER TABLE audit_logs ADD COLUMN subjects uuid[] NOT NULL DEFAULT '{}';
-- what is append only has no policy for updates: not even its owner gets round it while it is forced
ALTER TABLE audit_logs NO FORCE ROW LEVEL SECURITY;
UPDATE audit_logs SET subjects = ARRAY(
  SELECT entity_id::uuid WHERE entity_id IS NOT NULL
  UNION
  SELECT split_part(c ->> 'field', '/', 2)::uuid FROM jsonb_array_elements(changes) c
  WHERE c ->> 'field' ~ '^[a-z_]+/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/'
);
ALTER TABLE audit_logs FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_logs ALTER COLUMN subjects DROP DEFAULT;
CREATE INDEX audit_logs_subjects_items ON audit_logs USING gin (subjects);
-- Events that wait under their names of before.
UPDATE outbox_events SET type = 'verification_token.issued.v1' WHERE type = 'user.mailed_token_issued.v1' AND processed_at IS NULL;
