-- A setting has the id of its organization, so that there is one; where none is, the initial values hold.
DELETE FROM priority_matrix WHERE deleted_at IS NOT NULL;
UPDATE priority_matrix SET id = organization_id;
DROP INDEX priority_matrix_key_key;
DROP INDEX priority_matrix_list;
ALTER TABLE priority_matrix
  DROP COLUMN key,
  DROP COLUMN created_at,
  DROP COLUMN created_by_id,
  DROP COLUMN deleted_at,
  DROP COLUMN deleted_by_id,
  ALTER COLUMN updated_at DROP NOT NULL;
DELETE FROM incident_settings WHERE deleted_at IS NOT NULL;
UPDATE incident_settings SET id = organization_id;
DROP INDEX incident_settings_key_key;
DROP INDEX incident_settings_list;
ALTER TABLE incident_settings
  DROP COLUMN key,
  DROP COLUMN created_at,
  DROP COLUMN created_by_id,
  DROP COLUMN deleted_at,
  DROP COLUMN deleted_by_id,
  ALTER COLUMN updated_at DROP NOT NULL;
