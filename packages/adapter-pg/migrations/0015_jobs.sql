-- Work that takes longer than a request: it is claimed as deliveries are, and stays when it is over.
CREATE TABLE jobs (
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  version bigint NOT NULL,
  created_at timestamptz(3) NOT NULL,
  kind text COLLATE "C" NOT NULL,
  input jsonb NOT NULL,
  state text COLLATE "C" NOT NULL,
  progress jsonb,
  result jsonb,
  due_at timestamptz(3),
  lease_until timestamptz(3),
  attempts bigint NOT NULL,
  last_error text COLLATE "C",
  started_at timestamptz(3),
  ended_at timestamptz(3),
  requested_by_id uuid,
  correlation_id text COLLATE "C",
  depth bigint NOT NULL,
  PRIMARY KEY (organization_id, id)
);
CREATE INDEX jobs_requested_by_id_created_at_idx ON jobs (organization_id, requested_by_id, created_at, id);
CREATE INDEX jobs_state_created_at_idx ON jobs (organization_id, state, created_at, id);
CREATE INDEX jobs_ended_at_everywhere ON jobs (ended_at, id);
CREATE INDEX jobs_due_at_queue ON jobs (due_at, id);
ALTER TABLE jobs ADD CONSTRAINT jobs_organization_id_fkey FOREIGN KEY (organization_id, organization_id) REFERENCES organizations (organization_id, id);
SELECT itsm_protect('jobs');

-- What an operator dropped is removed some day.
CREATE INDEX deliveries_dropped_at_everywhere ON deliveries (dropped_at, id);

-- A timer knows what it was set by: a chain of timers that fire at once ends as one of events does.
ALTER TABLE timers ADD COLUMN correlation_id text COLLATE "C";
ALTER TABLE timers ADD COLUMN depth bigint NOT NULL DEFAULT 0;
ALTER TABLE timers ALTER COLUMN depth DROP DEFAULT;

-- A claim rewrites a row where it stands, as long as there is room beside it: no index has to be told of it.
ALTER TABLE jobs SET (fillfactor = 50);
ALTER TABLE timers SET (fillfactor = 50);
ALTER TABLE deliveries SET (fillfactor = 50);
ALTER TABLE outbox_events SET (fillfactor = 50);
