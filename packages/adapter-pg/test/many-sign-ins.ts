import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { organizationId } from "./many-incidents.ts"

const envelope = "organization_id, id, version, created_at, updated_at"
const organization = `'${organizationId(1)}'`
const id = (of: number, number: string) =>
  `(lpad('${of}', 8, '0') || '-0000-7000-8000-' || lpad((${number})::text, 12, '0'))::uuid`
const stamps = "timestamptz '2026-01-01', timestamptz '2026-01-01'"

/** Of the user, the session and everything else with this number. */
export const hashOf = (number: number) => `hash ${number}`
export const sessionId = (number: number) => `00000005-0000-7000-8000-${String(number).padStart(12, "0")}`

const statements = (count: number) => [
  `INSERT INTO organizations (${envelope}, name, slug, time_zone, locale, domains, mfa_required, status)
   VALUES (${organization}, ${organization}, 1, ${stamps}, 'Acme', 'acme', 'UTC', 'en', '[]', false, 'active')`,
  `INSERT INTO users (${envelope}, email, display_name, time_zone, locale, vip, state, is_superuser, must_change_password, sign_in_epoch, search_words)
   SELECT ${organization}, ${id(2, "n")}, 1, ${stamps}, 'ann' || n || '@acme.example', 'Ann', 'UTC', 'en', false, 'active', false, false, 0, ''
   FROM generate_series(1, ${count}) n`,
  `INSERT INTO sessions (${envelope}, user_id, amr, authenticated_at, expires_at, ended_at, end_reason, sign_in_epoch)
   SELECT ${organization}, ${id(5, "n")}, 1, ${stamps}, ${id(2, "n")}, '["pwd"]', timestamptz '2026-01-01',
     timestamptz '2026-01-03' + n * interval '1 minute', e.at, CASE WHEN e.at IS NULL THEN NULL ELSE 'logout' END, 0
   FROM generate_series(1, ${count}) n, LATERAL (SELECT CASE WHEN n % 2 = 0 THEN timestamptz '2026-01-03' + n * interval '1 minute' END AS at) e`,
  `INSERT INTO refresh_tokens (${envelope}, session_id, token_hash, expires_at)
   SELECT ${organization}, ${id(6, "n")}, 1, ${stamps}, ${id(5, "n")}, 'hash ' || n, timestamptz '2026-02-01' + n * interval '1 minute'
   FROM generate_series(1, ${count}) n`,
  `INSERT INTO api_keys (${envelope}, user_id, name, prefix, key_hash, scopes, expires_at)
   SELECT ${organization}, ${id(7, "n")}, 1, ${stamps}, ${id(2, "n")}, 'robot', 'itsm_ak_', 'hash ' || n, '["*"]', timestamptz '2027-01-01'
   FROM generate_series(1, ${count}) n`,
  `INSERT INTO verification_tokens (${envelope}, user_id, purpose, email, token_hash, expires_at, failures, sign_in_epoch)
   SELECT ${organization}, ${id(8, "n")}, 1, ${stamps}, ${id(2, "n")}, 'sign_in', 'ann', 'hash ' || n, timestamptz '2026-02-01' + n * interval '1 minute', 0, 0
   FROM generate_series(1, ${count}) n`,
  `INSERT INTO registrations (${envelope}, email, display_name, password_hash, token_hash, expires_at)
   SELECT ${organization}, ${id(9, "n")}, 1, ${stamps}, 'new' || n || '@acme.example', 'New', 'hash', 'hash ' || n, timestamptz '2026-02-01' + n * interval '1 minute'
   FROM generate_series(1, ${count}) n`,
  `INSERT INTO jobs (organization_id, id, version, created_at, kind, input, state, attempts, ended_at, depth)
   SELECT ${organization}, ${id(10, "n")}, 1, timestamptz '2026-01-01', 'users.export', '{}', 'succeeded', 0, timestamptz '2026-01-03' + n * interval '1 minute', 1
   FROM generate_series(1, ${count}) n`,
  `INSERT INTO deliveries (organization_id, id, version, created_at, event_id, type, reaction, aggregate_type, aggregate_id, aggregate_version, occurred_at, correlation_id, depth, event_data, place, state, attempts, dropped_at)
   SELECT ${organization}, ${id(11, "n")}, 1, timestamptz '2026-01-01', n, 'user.created.v1', 'users.tell', 'user', n, 1, timestamptz '2026-01-01', n, 0, '{}', n, 'dropped', 0, timestamptz '2026-01-03' + n * interval '1 minute'
   FROM generate_series(1, ${count}) n`,
  "ANALYZE"
]

/** As many users of one organization, each with a session, a refresh token, a key, a ticket, a registration, a job and a delivery; each ends a minute after the one before. */
export const manySignIns = (count: number) =>
  SqlClient.SqlClient.use((sql) =>
    Effect.forEach(statements(count), (text) => sql.unsafe(text).unprepared, { discard: true })
  )
