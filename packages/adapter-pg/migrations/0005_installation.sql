-- Secrets that all processes on this database share: keys that sign tokens, where the settings give none.
CREATE TABLE installation_secrets (
  name text COLLATE "C" PRIMARY KEY,
  value text NOT NULL
);
