-- Direct grants that are limited to some records, or to some fields of them.
ALTER TABLE user_permissions ADD COLUMN condition jsonb;
ALTER TABLE user_permissions ADD COLUMN fields jsonb;
