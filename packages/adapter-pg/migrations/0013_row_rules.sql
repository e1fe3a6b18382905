-- What a person sees is theirs, their teams' or their departments': each of these finds its incidents by an index, so that
-- whoever sees few of many does not wait for all of them to be looked at.
CREATE INDEX incidents_requested_for_id_idx ON incidents (organization_id, requested_for_id, id);
CREATE INDEX incidents_created_by_id_idx ON incidents (organization_id, created_by_id, id);
CREATE INDEX incidents_department_id_idx ON incidents (organization_id, department_id, id);
