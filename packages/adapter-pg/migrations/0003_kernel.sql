-- What the kernel keeps: the audit log, events and timers that wait to be dealt with, answers to repeated requests.

CREATE TABLE audit_logs (
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  version bigint NOT NULL,
  created_at timestamptz(3) NOT NULL,
  created_by_id uuid,
  updated_at timestamptz(3) NOT NULL,
  updated_by_id uuid,
  deleted_at timestamptz(3),
  deleted_by_id uuid,
  actor_kind text COLLATE "C" NOT NULL,
  actor_id uuid,
  action text COLLATE "C" NOT NULL,
  entity_type text COLLATE "C" NOT NULL,
  entity_id text COLLATE "C",
  entity_number text COLLATE "C",
  outcome text COLLATE "C" NOT NULL,
  reason text COLLATE "C",
  changes jsonb NOT NULL,
  request_id text COLLATE "C",
  address text COLLATE "C",
  user_agent text COLLATE "C",
  PRIMARY KEY (organization_id, id)
);
CREATE INDEX audit_logs_created_at_idx ON audit_logs (organization_id, created_at, id);
CREATE INDEX audit_logs_entity_id_created_at_idx ON audit_logs (organization_id, entity_id, created_at, id);

CREATE TABLE outbox_events (
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  version bigint NOT NULL,
  created_at timestamptz(3) NOT NULL,
  created_by_id uuid,
  updated_at timestamptz(3) NOT NULL,
  updated_by_id uuid,
  deleted_at timestamptz(3),
  deleted_by_id uuid,
  type text COLLATE "C" NOT NULL,
  aggregate_type text COLLATE "C" NOT NULL,
  aggregate_id text COLLATE "C" NOT NULL,
  aggregate_version bigint NOT NULL,
  occurred_at timestamptz(3) NOT NULL,
  actor_id uuid,
  request_id text COLLATE "C",
  causation_id text COLLATE "C",
  correlation_id text COLLATE "C" NOT NULL,
  depth bigint NOT NULL,
  data jsonb NOT NULL,
  due_at timestamptz(3) NOT NULL,
  lease_until timestamptz(3),
  attempts bigint NOT NULL,
  processed_at timestamptz(3),
  last_error text COLLATE "C",
  PRIMARY KEY (organization_id, id)
);
CREATE INDEX outbox_events_aggregate_id_idx ON outbox_events (organization_id, aggregate_id, id);
CREATE INDEX outbox_events_due_at_queue ON outbox_events (due_at, id) WHERE processed_at IS NULL;

CREATE TABLE timers (
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  version bigint NOT NULL,
  created_at timestamptz(3) NOT NULL,
  created_by_id uuid,
  updated_at timestamptz(3) NOT NULL,
  updated_by_id uuid,
  deleted_at timestamptz(3),
  deleted_by_id uuid,
  kind text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  ref text COLLATE "C" NOT NULL,
  due_at timestamptz(3) NOT NULL,
  lease_until timestamptz(3),
  attempts bigint NOT NULL,
  last_error text COLLATE "C",
  PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX timers_key_key ON timers (organization_id, key) WHERE deleted_at IS NULL;
CREATE INDEX timers_ref_idx ON timers (organization_id, ref, id);
CREATE INDEX timers_due_at_queue ON timers (due_at, id);

CREATE TABLE idempotency_records (
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  version bigint NOT NULL,
  created_at timestamptz(3) NOT NULL,
  created_by_id uuid,
  updated_at timestamptz(3) NOT NULL,
  updated_by_id uuid,
  deleted_at timestamptz(3),
  deleted_by_id uuid,
  actor_id uuid,
  key text COLLATE "C" NOT NULL,
  fingerprint text COLLATE "C" NOT NULL,
  status bigint NOT NULL,
  body text COLLATE "C" NOT NULL,
  headers jsonb NOT NULL,
  expires_at timestamptz(3) NOT NULL,
  PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX idempotency_records_actor_id_key_key ON idempotency_records (organization_id, actor_id, itsm_digest(key)) WHERE deleted_at IS NULL;
CREATE INDEX idempotency_records_expires_at_idx ON idempotency_records (organization_id, expires_at, id);
CREATE INDEX idempotency_records_list ON idempotency_records (organization_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;

ALTER TABLE audit_logs ADD CONSTRAINT audit_logs_organization_id_fkey FOREIGN KEY (organization_id, organization_id) REFERENCES organizations (organization_id, id);
ALTER TABLE outbox_events ADD CONSTRAINT outbox_events_organization_id_fkey FOREIGN KEY (organization_id, organization_id) REFERENCES organizations (organization_id, id);
ALTER TABLE timers ADD CONSTRAINT timers_organization_id_fkey FOREIGN KEY (organization_id, organization_id) REFERENCES organizations (organization_id, id);
ALTER TABLE idempotency_records ADD CONSTRAINT idempotency_records_organization_id_fkey FOREIGN KEY (organization_id, organization_id) REFERENCES organizations (organization_id, id);
