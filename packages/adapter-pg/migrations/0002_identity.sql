-- Organizations, and the people, teams, roles and sessions in them.

CREATE TABLE departments (
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  version bigint NOT NULL,
  created_at timestamptz(3) NOT NULL,
  created_by_id uuid,
  updated_at timestamptz(3) NOT NULL,
  updated_by_id uuid,
  deleted_at timestamptz(3),
  deleted_by_id uuid,
  name text COLLATE "C" NOT NULL,
  code text COLLATE "C",
  parent_id uuid,
  manager_id uuid,
  cost_center text COLLATE "C",
  search_words tsvector NOT NULL,
  PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX departments_name_key ON departments (organization_id, name) WHERE deleted_at IS NULL;
CREATE INDEX departments_list ON departments (organization_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX departments_search ON departments USING gin (search_words);

CREATE TABLE organizations (
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  version bigint NOT NULL,
  created_at timestamptz(3) NOT NULL,
  created_by_id uuid,
  updated_at timestamptz(3) NOT NULL,
  updated_by_id uuid,
  deleted_at timestamptz(3),
  deleted_by_id uuid,
  name text COLLATE "C" NOT NULL,
  slug text COLLATE "C" NOT NULL,
  time_zone text COLLATE "C" NOT NULL,
  locale text COLLATE "C" NOT NULL,
  domains jsonb NOT NULL,
  status text COLLATE "C" NOT NULL,
  CHECK (organization_id = id),
  PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX organizations_slug_key ON organizations (slug) WHERE deleted_at IS NULL;
CREATE INDEX organizations_list ON organizations (organization_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;

CREATE TABLE refresh_tokens (
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  version bigint NOT NULL,
  created_at timestamptz(3) NOT NULL,
  created_by_id uuid,
  updated_at timestamptz(3) NOT NULL,
  updated_by_id uuid,
  deleted_at timestamptz(3),
  deleted_by_id uuid,
  session_id uuid NOT NULL,
  token_hash text COLLATE "C" NOT NULL,
  expires_at timestamptz(3) NOT NULL,
  used_at timestamptz(3),
  PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX refresh_tokens_token_hash_key ON refresh_tokens (token_hash) WHERE deleted_at IS NULL;
CREATE INDEX refresh_tokens_session_id_idx ON refresh_tokens (organization_id, session_id, id);
CREATE INDEX refresh_tokens_list ON refresh_tokens (organization_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;

CREATE TABLE roles (
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  version bigint NOT NULL,
  created_at timestamptz(3) NOT NULL,
  created_by_id uuid,
  updated_at timestamptz(3) NOT NULL,
  updated_by_id uuid,
  deleted_at timestamptz(3),
  deleted_by_id uuid,
  key text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  description text COLLATE "C",
  is_built_in boolean NOT NULL,
  permissions jsonb NOT NULL,
  search_words tsvector NOT NULL,
  PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX roles_key_key ON roles (organization_id, key) WHERE deleted_at IS NULL;
CREATE INDEX roles_list ON roles (organization_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX roles_search ON roles USING gin (search_words);

CREATE TABLE sessions (
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
  amr jsonb NOT NULL,
  authenticated_at timestamptz(3) NOT NULL,
  expires_at timestamptz(3) NOT NULL,
  ended_at timestamptz(3),
  end_reason text COLLATE "C",
  address text COLLATE "C",
  user_agent text COLLATE "C",
  PRIMARY KEY (organization_id, id)
);
CREATE INDEX sessions_user_id_idx ON sessions (organization_id, user_id, id);
CREATE INDEX sessions_list ON sessions (organization_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;

CREATE TABLE teams (
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  version bigint NOT NULL,
  created_at timestamptz(3) NOT NULL,
  created_by_id uuid,
  updated_at timestamptz(3) NOT NULL,
  updated_by_id uuid,
  deleted_at timestamptz(3),
  deleted_by_id uuid,
  name text COLLATE "C" NOT NULL,
  department_id uuid,
  email text COLLATE "C",
  lead_id uuid,
  reopen_window_days bigint,
  support_level bigint NOT NULL,
  active boolean NOT NULL,
  search_words tsvector NOT NULL,
  PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX teams_name_key ON teams (organization_id, name) WHERE deleted_at IS NULL;
CREATE INDEX teams_list ON teams (organization_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX teams_search ON teams USING gin (search_words);

CREATE TABLE team_members (
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  version bigint NOT NULL,
  created_at timestamptz(3) NOT NULL,
  created_by_id uuid,
  updated_at timestamptz(3) NOT NULL,
  updated_by_id uuid,
  deleted_at timestamptz(3),
  deleted_by_id uuid,
  team_id uuid NOT NULL,
  user_id uuid NOT NULL,
  role text COLLATE "C" NOT NULL,
  capacity bigint NOT NULL,
  PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX team_members_team_id_user_id_key ON team_members (organization_id, team_id, user_id) WHERE deleted_at IS NULL;
CREATE INDEX team_members_user_id_idx ON team_members (organization_id, user_id, id);
CREATE INDEX team_members_list ON team_members (organization_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;

CREATE TABLE users (
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
  given_name text COLLATE "C",
  family_name text COLLATE "C",
  department_id uuid,
  manager_id uuid,
  phone text COLLATE "C",
  time_zone text COLLATE "C" NOT NULL,
  locale text COLLATE "C" NOT NULL,
  vip boolean NOT NULL,
  state text COLLATE "C" NOT NULL,
  is_superuser boolean NOT NULL,
  password_hash text COLLATE "C",
  password_changed_at timestamptz(3),
  search_words tsvector NOT NULL,
  PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX users_email_key ON users (email) WHERE deleted_at IS NULL;
CREATE INDEX users_department_id_idx ON users (organization_id, department_id, id);
CREATE INDEX users_list ON users (organization_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX users_search ON users USING gin (search_words);

CREATE TABLE user_permissions (
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  version bigint NOT NULL,
  created_at timestamptz(3) NOT NULL,
  created_by_id uuid,
  updated_at timestamptz(3) NOT NULL,
  updated_by_id uuid,
  deleted_at timestamptz(3),
  deleted_by_id uuid,
  subject_type text COLLATE "C" NOT NULL,
  subject_id text COLLATE "C" NOT NULL,
  permission text COLLATE "C" NOT NULL,
  effect text COLLATE "C" NOT NULL,
  scope text COLLATE "C" NOT NULL,
  reason text COLLATE "C",
  expires_at timestamptz(3),
  PRIMARY KEY (organization_id, id)
);
CREATE INDEX user_permissions_subject_id_idx ON user_permissions (organization_id, subject_id, id);
CREATE INDEX user_permissions_list ON user_permissions (organization_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;

CREATE TABLE user_roles (
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
  role_id uuid NOT NULL,
  scope_type text COLLATE "C" NOT NULL,
  scope_id text COLLATE "C",
  valid_from timestamptz(3),
  valid_to timestamptz(3),
  PRIMARY KEY (organization_id, id)
);
CREATE INDEX user_roles_user_id_idx ON user_roles (organization_id, user_id, id);
CREATE INDEX user_roles_role_id_idx ON user_roles (organization_id, role_id, id);
CREATE INDEX user_roles_list ON user_roles (organization_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;

ALTER TABLE departments ADD CONSTRAINT departments_organization_id_fkey FOREIGN KEY (organization_id, organization_id) REFERENCES organizations (organization_id, id);
ALTER TABLE departments ADD CONSTRAINT departments_parent_id_fkey FOREIGN KEY (organization_id, parent_id) REFERENCES departments (organization_id, id);
ALTER TABLE departments ADD CONSTRAINT departments_manager_id_fkey FOREIGN KEY (organization_id, manager_id) REFERENCES users (organization_id, id);
ALTER TABLE refresh_tokens ADD CONSTRAINT refresh_tokens_organization_id_fkey FOREIGN KEY (organization_id, organization_id) REFERENCES organizations (organization_id, id);
ALTER TABLE refresh_tokens ADD CONSTRAINT refresh_tokens_session_id_fkey FOREIGN KEY (organization_id, session_id) REFERENCES sessions (organization_id, id);
ALTER TABLE roles ADD CONSTRAINT roles_organization_id_fkey FOREIGN KEY (organization_id, organization_id) REFERENCES organizations (organization_id, id);
ALTER TABLE sessions ADD CONSTRAINT sessions_organization_id_fkey FOREIGN KEY (organization_id, organization_id) REFERENCES organizations (organization_id, id);
ALTER TABLE sessions ADD CONSTRAINT sessions_user_id_fkey FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id);
ALTER TABLE teams ADD CONSTRAINT teams_organization_id_fkey FOREIGN KEY (organization_id, organization_id) REFERENCES organizations (organization_id, id);
ALTER TABLE teams ADD CONSTRAINT teams_department_id_fkey FOREIGN KEY (organization_id, department_id) REFERENCES departments (organization_id, id);
ALTER TABLE teams ADD CONSTRAINT teams_lead_id_fkey FOREIGN KEY (organization_id, lead_id) REFERENCES users (organization_id, id);
ALTER TABLE team_members ADD CONSTRAINT team_members_organization_id_fkey FOREIGN KEY (organization_id, organization_id) REFERENCES organizations (organization_id, id);
ALTER TABLE team_members ADD CONSTRAINT team_members_team_id_fkey FOREIGN KEY (organization_id, team_id) REFERENCES teams (organization_id, id);
ALTER TABLE team_members ADD CONSTRAINT team_members_user_id_fkey FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id);
ALTER TABLE users ADD CONSTRAINT users_organization_id_fkey FOREIGN KEY (organization_id, organization_id) REFERENCES organizations (organization_id, id);
ALTER TABLE users ADD CONSTRAINT users_department_id_fkey FOREIGN KEY (organization_id, department_id) REFERENCES departments (organization_id, id);
ALTER TABLE users ADD CONSTRAINT users_manager_id_fkey FOREIGN KEY (organization_id, manager_id) REFERENCES users (organization_id, id);
ALTER TABLE user_permissions ADD CONSTRAINT user_permissions_organization_id_fkey FOREIGN KEY (organization_id, organization_id) REFERENCES organizations (organization_id, id);
ALTER TABLE user_roles ADD CONSTRAINT user_roles_organization_id_fkey FOREIGN KEY (organization_id, organization_id) REFERENCES organizations (organization_id, id);
ALTER TABLE user_roles ADD CONSTRAINT user_roles_user_id_fkey FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id);
ALTER TABLE user_roles ADD CONSTRAINT user_roles_role_id_fkey FOREIGN KEY (organization_id, role_id) REFERENCES roles (organization_id, id);
