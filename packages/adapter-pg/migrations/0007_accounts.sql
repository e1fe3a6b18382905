-- API keys, registrations that wait for a confirmed address, links that are mailed from the outbox, and what ends all sign-ins of a user at once.

ALTER TABLE organizations ADD COLUMN mfa_required boolean NOT NULL DEFAULT false;
ALTER TABLE organizations ALTER COLUMN mfa_required DROP DEFAULT;
ALTER TABLE users ADD COLUMN must_change_password boolean NOT NULL DEFAULT false;
ALTER TABLE users ALTER COLUMN must_change_password DROP DEFAULT;
ALTER TABLE users ADD COLUMN sign_in_epoch bigint NOT NULL DEFAULT 0;
ALTER TABLE users ALTER COLUMN sign_in_epoch DROP DEFAULT;
ALTER TABLE sessions ADD COLUMN sign_in_epoch bigint NOT NULL DEFAULT 0;
ALTER TABLE sessions ALTER COLUMN sign_in_epoch DROP DEFAULT;
ALTER TABLE refresh_tokens ADD COLUMN successor_id text COLLATE "C";
ALTER TABLE verification_tokens ADD COLUMN new_email text COLLATE "C";
ALTER TABLE verification_tokens ADD COLUMN sign_in_epoch bigint NOT NULL DEFAULT 0;
ALTER TABLE verification_tokens ALTER COLUMN sign_in_epoch DROP DEFAULT;
ALTER TABLE verification_tokens ALTER COLUMN token_hash DROP NOT NULL;

CREATE TABLE api_keys (
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  version bigint NOT NULL,
  created_at timestamptz(3) NOT NULL,
  created_by_id uuid,
  updated_at timestamptz(3) NOT NULL,
  updated_by_id uuid,
  deleted_at timestamptz(3),
  deleted_by_id uuid,
  user_id uuid NOT NULL,
  name text COLLATE "C" NOT NULL,
  prefix text COLLATE "C" NOT NULL,
  key_hash text COLLATE "C" NOT NULL,
  scopes jsonb NOT NULL,
  expires_at timestamptz(3) NOT NULL,
  last_used_at timestamptz(3),
  PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX api_keys_key_hash_key ON api_keys (key_hash) WHERE deleted_at IS NULL;
CREATE INDEX api_keys_user_id_idx ON api_keys (organization_id, user_id, id);
CREATE INDEX api_keys_list ON api_keys (organization_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;

CREATE TABLE registrations (
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  version bigint NOT NULL,
  created_at timestamptz(3) NOT NULL,
  created_by_id uuid,
  updated_at timestamptz(3) NOT NULL,
  updated_by_id uuid,
  deleted_at timestamptz(3),
  deleted_by_id uuid,
  email text COLLATE "C" NOT NULL,
  display_name text COLLATE "C" NOT NULL,
  password_hash text COLLATE "C" NOT NULL,
  token_hash text COLLATE "C",
  expires_at timestamptz(3) NOT NULL,
  used_at timestamptz(3),
  PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX registrations_token_hash_key ON registrations (token_hash) WHERE deleted_at IS NULL;
CREATE INDEX registrations_email_idx ON registrations (organization_id, email, id);
CREATE INDEX registrations_list ON registrations (organization_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;

ALTER TABLE api_keys ADD CONSTRAINT api_keys_organization_id_fkey FOREIGN KEY (organization_id, organization_id) REFERENCES organizations (organization_id, id);
ALTER TABLE api_keys ADD CONSTRAINT api_keys_user_id_fkey FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id);
ALTER TABLE registrations ADD CONSTRAINT registrations_organization_id_fkey FOREIGN KEY (organization_id, organization_id) REFERENCES organizations (organization_id, id);
