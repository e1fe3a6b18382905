import type { Id } from "@itsm/core/kernel"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

const envelope = "organization_id, id, version, created_at, updated_at"

/** A UUID that says what it is of and which. */
const id = (of: number, number: string) =>
  `(lpad('${of}', 8, '0') || '-0000-7000-8000-' || lpad((${number})::text, 12, '0'))::uuid`

export const organizationId = (number: number) =>
  `00000001-0000-7000-8000-${String(number).padStart(12, "0")}` as Id.Id<"Organization">
/** 1 has hardly any audit entries, 2 nearly all. */
export const departmentId = (number: number) => `00000006-0000-7000-8000-${String(number).padStart(12, "0")}`
export const userId = (number: number) => `00000002-0000-7000-8000-${String(number).padStart(12, "0")}`
export const incidentId = (number: number) => `00000003-0000-7000-8000-${String(number).padStart(12, "0")}`

const at = (number: string) => `timestamptz '2026-01-01' + (${number}) * interval '1 minute'`
const words = (text: string) =>
  `array_to_tsvector(ARRAY(SELECT DISTINCT w FROM unnest(string_to_array(lower(${text}), ' ')) w))`

const statements = (incidents: number, organizations: number) => [
  `INSERT INTO organizations (${envelope}, name, slug, time_zone, locale, domains, mfa_required, status)
   SELECT ${id(1, "n")}, ${id(1, "n")}, 1, ${at("n")}, ${at("n")}, 'Acme', 'acme-' || n, 'UTC', 'en', '[]', false, 'active'
   FROM generate_series(1, ${organizations}) n`,
  `INSERT INTO users (${envelope}, email, display_name, time_zone, locale, vip, state, is_superuser, must_change_password, sign_in_epoch, search_words)
   SELECT ${id(1, "n")}, ${id(2, "n")}, 1, ${at("n")}, ${at("n")}, 'ann' || n || '@acme.example', 'Ann', 'UTC', 'en', false, 'active', false, false, 0, ''
   FROM generate_series(1, ${organizations}) n`,
  `INSERT INTO incidents (${envelope}, number, title, description, state, impact, urgency, computed_priority, priority,
     requester_id, source, tags, follows_parent, opened_at, pending_ms, resolution_history, reopen_count, reassignment_count, search_words)
   SELECT ${id(1, `1 + n % ${organizations}`)}, ${id(3, "n")}, 1, ${at("n")}, ${at("n")}, 'INC-' || lpad(n::text, 6, '0'), t.title, 'It broke.',
     (ARRAY['new', 'assigned', 'in_progress', 'resolved', 'closed'])[1 + n / 20 % 5], 1 + n / 20 % 3, 1 + n / 60 % 3, p.priority, p.priority,
     ${id(2, `1 + n % ${organizations}`)}, 'portal', CASE WHEN n % 50 = 42 THEN ARRAY['tag ' || n] ELSE '{}' END, false, ${at("n")}, '{}', '[]', 0, 0, ${words("t.title")}
   FROM generate_series(1, ${incidents}) n,
     LATERAL (SELECT 'printer ' || n || ' jams in room r' || n % 997 AS title) t,
     LATERAL (SELECT 1 + n / 20 % 5 AS priority) p`,
  `INSERT INTO incident_comments (${envelope}, incident_id, author_kind, visibility, body, edit_history, search_words)
   SELECT ${id(1, `1 + n % ${organizations}`)}, ${id(4, "n * 5 + k")}, 1, ${at("n + k")}, ${at("n + k")}, ${id(3, "n")}, 'user', 'public', 'Still broken.', '[]', ''
   FROM generate_series(1, ${incidents / 5}) n, generate_series(0, 4) k`,
  `INSERT INTO audit_logs (organization_id, id, created_at, actor_kind, actor_id, action, entity_type, entity_id, department_id, outcome, changes, subjects)
   SELECT ${id(1, `1 + n % ${organizations}`)}, ${id(5, "n")}, ${at("n")}, 'user', ${id(2, `1 + n / ${organizations} % 997`)},
     'incident.create', 'incident', ${id(3, "n")}, ${id(6, `CASE WHEN n / ${organizations} % 500 = 1 THEN 1 ELSE 2 END`)}, 'allow', '[]',
     ARRAY[${id(3, "n")}]
   FROM generate_series(1, ${incidents}) n`,
  "ANALYZE"
]

/** The incidents of as many organizations, spread evenly, with five comments on every fifth and an audit entry each; statistics are up to date. */
export const manyIncidents = (incidents: number, organizations: number) =>
  SqlClient.SqlClient.use((sql) =>
    Effect.forEach(statements(incidents, organizations), (text) => sql.unsafe(text).unprepared, { discard: true })
  )
