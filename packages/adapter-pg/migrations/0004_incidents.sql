-- Incidents, their comments, and how the organization deals with them.

CREATE TABLE categories (
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
  parent_id uuid,
  active boolean NOT NULL,
  search_words tsvector NOT NULL,
  PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX categories_name_parent_id_key ON categories (organization_id, name, parent_id) WHERE deleted_at IS NULL;
CREATE INDEX categories_list ON categories (organization_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX categories_search ON categories USING gin (search_words);

CREATE TABLE incidents (
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  version bigint NOT NULL,
  created_at timestamptz(3) NOT NULL,
  created_by_id uuid,
  updated_at timestamptz(3) NOT NULL,
  updated_by_id uuid,
  deleted_at timestamptz(3),
  deleted_by_id uuid,
  number text COLLATE "C" NOT NULL,
  title text COLLATE "C" NOT NULL,
  description text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL,
  impact bigint NOT NULL,
  urgency bigint NOT NULL,
  computed_priority bigint NOT NULL,
  priority_override jsonb,
  priority bigint NOT NULL,
  requester_id uuid NOT NULL,
  requested_for_id uuid,
  department_id uuid,
  team_id uuid,
  assignee_id uuid,
  category_id uuid,
  subcategory_id uuid,
  source text COLLATE "C" NOT NULL,
  tags jsonb NOT NULL,
  affected_users bigint,
  alert_key text COLLATE "C",
  open_alert_key text COLLATE "C",
  parent_id uuid,
  follows_parent boolean NOT NULL,
  follow_up_of_id uuid,
  opened_at timestamptz(3) NOT NULL,
  first_assigned_at timestamptz(3),
  assigned_at timestamptz(3),
  acknowledged_at timestamptz(3),
  started_at timestamptz(3),
  first_responded_at timestamptz(3),
  pending_reason text COLLATE "C",
  pending_since timestamptz(3),
  follow_up_at timestamptz(3),
  auto_follow_up jsonb,
  next_reminder_at timestamptz(3),
  pending_ms jsonb NOT NULL,
  resolved_at timestamptz(3),
  resolved_by_id uuid,
  resolution_code text COLLATE "C",
  resolution_notes text COLLATE "C",
  resolution_history jsonb NOT NULL,
  closing_soon_at timestamptz(3),
  auto_close_at timestamptz(3),
  closed_at timestamptz(3),
  closure_method text COLLATE "C",
  reopen_until timestamptz(3),
  reopened_at timestamptz(3),
  reopen_count bigint NOT NULL,
  reassignment_count bigint NOT NULL,
  cancelled_at timestamptz(3),
  cancel_reason text COLLATE "C",
  duplicate_of_id uuid,
  search_words tsvector NOT NULL,
  PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX incidents_number_key ON incidents (organization_id, number) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX incidents_open_alert_key_key ON incidents (organization_id, open_alert_key) WHERE deleted_at IS NULL;
CREATE INDEX incidents_state_priority_idx ON incidents (organization_id, state, priority, id);
CREATE INDEX incidents_assignee_id_state_idx ON incidents (organization_id, assignee_id, state, id);
CREATE INDEX incidents_team_id_state_idx ON incidents (organization_id, team_id, state, id);
CREATE INDEX incidents_requester_id_idx ON incidents (organization_id, requester_id, id);
CREATE INDEX incidents_parent_id_idx ON incidents (organization_id, parent_id, id);
CREATE INDEX incidents_priority_created_at_idx ON incidents (organization_id, priority, created_at, id);
CREATE INDEX incidents_updated_at_idx ON incidents (organization_id, updated_at, id);
CREATE INDEX incidents_list ON incidents (organization_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX incidents_search ON incidents USING gin (search_words);

CREATE TABLE incident_comments (
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  version bigint NOT NULL,
  created_at timestamptz(3) NOT NULL,
  created_by_id uuid,
  updated_at timestamptz(3) NOT NULL,
  updated_by_id uuid,
  deleted_at timestamptz(3),
  deleted_by_id uuid,
  incident_id uuid NOT NULL,
  author_id uuid,
  author_kind text COLLATE "C" NOT NULL,
  visibility text COLLATE "C" NOT NULL,
  body text COLLATE "C" NOT NULL,
  in_reply_to_id uuid,
  edited_at timestamptz(3),
  edit_history jsonb NOT NULL,
  search_words tsvector NOT NULL,
  PRIMARY KEY (organization_id, id)
);
CREATE INDEX incident_comments_incident_id_created_at_idx ON incident_comments (organization_id, incident_id, created_at, id);
CREATE INDEX incident_comments_list ON incident_comments (organization_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX incident_comments_search ON incident_comments USING gin (search_words);

CREATE TABLE incident_settings (
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
  reopen_window_days bigint NOT NULL,
  auto_close_business_days bigint,
  reopen_on_reply boolean NOT NULL,
  comment_edit_minutes bigint NOT NULL,
  PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX incident_settings_key_key ON incident_settings (organization_id, key) WHERE deleted_at IS NULL;
CREATE INDEX incident_settings_list ON incident_settings (organization_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;

CREATE TABLE priority_matrix (
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
  size bigint NOT NULL,
  cells jsonb NOT NULL,
  PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX priority_matrix_key_key ON priority_matrix (organization_id, key) WHERE deleted_at IS NULL;
CREATE INDEX priority_matrix_list ON priority_matrix (organization_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;

ALTER TABLE categories ADD CONSTRAINT categories_organization_id_fkey FOREIGN KEY (organization_id, organization_id) REFERENCES organizations (organization_id, id);
ALTER TABLE categories ADD CONSTRAINT categories_parent_id_fkey FOREIGN KEY (organization_id, parent_id) REFERENCES categories (organization_id, id);
ALTER TABLE incidents ADD CONSTRAINT incidents_organization_id_fkey FOREIGN KEY (organization_id, organization_id) REFERENCES organizations (organization_id, id);
ALTER TABLE incidents ADD CONSTRAINT incidents_requester_id_fkey FOREIGN KEY (organization_id, requester_id) REFERENCES users (organization_id, id);
ALTER TABLE incidents ADD CONSTRAINT incidents_requested_for_id_fkey FOREIGN KEY (organization_id, requested_for_id) REFERENCES users (organization_id, id);
ALTER TABLE incidents ADD CONSTRAINT incidents_department_id_fkey FOREIGN KEY (organization_id, department_id) REFERENCES departments (organization_id, id);
ALTER TABLE incidents ADD CONSTRAINT incidents_team_id_fkey FOREIGN KEY (organization_id, team_id) REFERENCES teams (organization_id, id);
ALTER TABLE incidents ADD CONSTRAINT incidents_assignee_id_fkey FOREIGN KEY (organization_id, assignee_id) REFERENCES users (organization_id, id);
ALTER TABLE incidents ADD CONSTRAINT incidents_category_id_fkey FOREIGN KEY (organization_id, category_id) REFERENCES categories (organization_id, id);
ALTER TABLE incidents ADD CONSTRAINT incidents_subcategory_id_fkey FOREIGN KEY (organization_id, subcategory_id) REFERENCES categories (organization_id, id);
ALTER TABLE incidents ADD CONSTRAINT incidents_parent_id_fkey FOREIGN KEY (organization_id, parent_id) REFERENCES incidents (organization_id, id);
ALTER TABLE incidents ADD CONSTRAINT incidents_follow_up_of_id_fkey FOREIGN KEY (organization_id, follow_up_of_id) REFERENCES incidents (organization_id, id);
ALTER TABLE incidents ADD CONSTRAINT incidents_resolved_by_id_fkey FOREIGN KEY (organization_id, resolved_by_id) REFERENCES users (organization_id, id);
ALTER TABLE incidents ADD CONSTRAINT incidents_duplicate_of_id_fkey FOREIGN KEY (organization_id, duplicate_of_id) REFERENCES incidents (organization_id, id);
ALTER TABLE incident_comments ADD CONSTRAINT incident_comments_organization_id_fkey FOREIGN KEY (organization_id, organization_id) REFERENCES organizations (organization_id, id);
ALTER TABLE incident_comments ADD CONSTRAINT incident_comments_incident_id_fkey FOREIGN KEY (organization_id, incident_id) REFERENCES incidents (organization_id, id);
ALTER TABLE incident_comments ADD CONSTRAINT incident_comments_author_id_fkey FOREIGN KEY (organization_id, author_id) REFERENCES users (organization_id, id);
ALTER TABLE incident_comments ADD CONSTRAINT incident_comments_in_reply_to_id_fkey FOREIGN KEY (organization_id, in_reply_to_id) REFERENCES incident_comments (organization_id, id);
ALTER TABLE incident_settings ADD CONSTRAINT incident_settings_organization_id_fkey FOREIGN KEY (organization_id, organization_id) REFERENCES organizations (organization_id, id);
ALTER TABLE priority_matrix ADD CONSTRAINT priority_matrix_organization_id_fkey FOREIGN KEY (organization_id, organization_id) REFERENCES organizations (organization_id, id);
