-- Whose department an audit entry is about, and by which API key it was done. Both outlive what they name.
ALTER TABLE audit_logs ADD COLUMN department_id uuid;
ALTER TABLE audit_logs ADD COLUMN api_key_id uuid;
CREATE INDEX audit_logs_department_id_created_at_idx ON audit_logs (organization_id, department_id, created_at, id);
CREATE INDEX audit_logs_actor_id_created_at_idx ON audit_logs (organization_id, actor_id, created_at, id);
