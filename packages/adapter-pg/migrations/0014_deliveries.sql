-- An event is dispatched to its reactions once; each has a delivery of its own, with its own attempts.
CREATE TABLE deliveries (
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  version bigint NOT NULL,
  created_at timestamptz(3) NOT NULL,
  event_id text COLLATE "C" NOT NULL,
  type text COLLATE "C" NOT NULL,
  reaction text COLLATE "C" NOT NULL,
  aggregate_type text COLLATE "C" NOT NULL,
  aggregate_id text COLLATE "C" NOT NULL,
  aggregate_version bigint NOT NULL,
  occurred_at timestamptz(3) NOT NULL,
  actor_id uuid,
  request_id text COLLATE "C",
  causation_id text COLLATE "C",
  correlation_id text COLLATE "C" NOT NULL,
  depth bigint NOT NULL,
  on_behalf_of_id uuid,
  event_data jsonb NOT NULL,
  lane text COLLATE "C",
  place text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL,
  due_at timestamptz(3),
  lease_until timestamptz(3),
  attempts bigint NOT NULL,
  last_error text COLLATE "C",
  dropped_at timestamptz(3),
  PRIMARY KEY (organization_id, id)
);
CREATE INDEX deliveries_lane_idx ON deliveries (organization_id, lane, id);
CREATE INDEX deliveries_state_created_at_idx ON deliveries (organization_id, state, created_at, id);
CREATE INDEX deliveries_due_at_queue ON deliveries (due_at, id);
ALTER TABLE deliveries ADD CONSTRAINT deliveries_organization_id_fkey FOREIGN KEY (organization_id, organization_id) REFERENCES organizations (organization_id, id);
SELECT itsm_protect('deliveries');

ALTER TABLE outbox_events DROP COLUMN attempts;
ALTER TABLE outbox_events DROP COLUMN last_error;
-- which of the events of its command it is
ALTER TABLE outbox_events ADD COLUMN sequence bigint NOT NULL DEFAULT 0;
ALTER TABLE outbox_events ALTER COLUMN sequence DROP DEFAULT;
