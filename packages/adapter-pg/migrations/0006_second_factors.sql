-- One-time passwords as a second factor, and secrets that prove one thing once: tickets of sign-ins that wait for one, links to new passwords.

CREATE TABLE second_factors (
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
  sealed_secret text COLLATE "C",
  pending_until timestamptz(3),
  enabled_at timestamptz(3),
  last_step bigint NOT NULL,
  recovery_hashes jsonb NOT NULL,
  failed_at jsonb NOT NULL,
  PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX second_factors_user_id_key ON second_factors (organization_id, user_id) WHERE deleted_at IS NULL;
CREATE INDEX second_factors_list ON second_factors (organization_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;

CREATE TABLE verification_tokens (
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
  purpose text COLLATE "C" NOT NULL,
  email text COLLATE "C" NOT NULL,
  token_hash text COLLATE "C" NOT NULL,
  expires_at timestamptz(3) NOT NULL,
  used_at timestamptz(3),
  failures bigint NOT NULL,
  PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX verification_tokens_token_hash_key ON verification_tokens (token_hash) WHERE deleted_at IS NULL;
CREATE INDEX verification_tokens_user_id_idx ON verification_tokens (organization_id, user_id, id);
CREATE INDEX verification_tokens_list ON verification_tokens (organization_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;

ALTER TABLE second_factors ADD CONSTRAINT second_factors_organization_id_fkey FOREIGN KEY (organization_id, organization_id) REFERENCES organizations (organization_id, id);
ALTER TABLE second_factors ADD CONSTRAINT second_factors_user_id_fkey FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id);
ALTER TABLE verification_tokens ADD CONSTRAINT verification_tokens_organization_id_fkey FOREIGN KEY (organization_id, organization_id) REFERENCES organizations (organization_id, id);
ALTER TABLE verification_tokens ADD CONSTRAINT verification_tokens_user_id_fkey FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id);
