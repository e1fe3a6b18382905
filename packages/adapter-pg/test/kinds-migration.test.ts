import { assert, layer } from "@effect/vitest"
import { Migrate, PgStore } from "@itsm/adapter-pg"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { freshDatabase } from "./database.ts"

const organization = "00000001-0000-7000-8000-000000000001"
const envelope = "organization_id, id, version, created_at, updated_at"
const id = (number: number) => `'0000000${number}-0000-7000-8000-000000000009'`
const at = (minute: number) => `timestamptz '2026-01-01 00:0${minute}Z'`
const stamp = (number: number, minute: number) => `'${organization}', ${id(number)}, 1, ${at(minute)}, ${at(minute)}`

const category = (number: number, minute: number, name: string, deleted = "NULL") =>
  `INSERT INTO categories (${envelope}, deleted_at, name, active, search_words)
   VALUES (${stamp(number, minute)}, ${deleted}, '${name}', true, array_to_tsvector(ARRAY['${name}']))`

/** A folder as it may be: names of categories, roles of a person, and answers to a key, each more than once. */
const before = [
  `INSERT INTO organizations (${envelope}, name, slug, time_zone, locale, domains, mfa_required, status)
   VALUES ('${organization}', '${organization}', 1, ${at(0)}, ${at(0)}, 'Acme', 'acme', 'UTC', 'en', '[]', false, 'active')`,
  `INSERT INTO users (${envelope}, email, display_name, time_zone, locale, vip, state, is_superuser, must_change_password, sign_in_epoch, search_words)
   VALUES (${stamp(1, 0)}, 'ann@acme.example', 'Ann', 'UTC', 'en', false, 'active', false, false, 0, '')`,
  category(1, 2, "mail"),
  category(2, 1, "mail"),
  category(3, 3, "mail"),
  category(4, 0, "mail (2)"),
  category(5, 0, "mail", at(5)),
  `INSERT INTO roles (${envelope}, key, name, is_built_in, permissions, search_words)
   VALUES (${stamp(1, 0)}, 'auditor', 'Auditor', false, '[]', '')`,
  ...[at(4), "NULL"].map(
    (end, index) =>
      `INSERT INTO user_roles (${envelope}, user_id, role_id, scope_type, valid_to)
       VALUES (${stamp(1 + index, index)}, ${id(1)}, ${id(1)}, 'organization', ${end})`
  ),
  ...[1, 2].map(
    (number) =>
      `INSERT INTO idempotency_records (${envelope}, key, fingerprint, status, body, headers, expires_at)
       VALUES (${stamp(number, number)}, 'same', 'print', 200, '', '{}', ${at(9)})`
  ),
  `INSERT INTO incidents (${envelope}, number, title, state, impact, urgency, computed_priority, priority,
     requester_id, source, tags, follows_parent, opened_at, pending_ms, resolution_history, reopen_count, reassignment_count, search_words, description)
   VALUES (${stamp(1, 0)}, 'INC-000001', 'Mail', 'new', 2, 2, 3, 3, ${id(1)}, 'portal', '["b", "a", "it''s, \\"so\\""]', false, ${at(0)}, '{}', '[]', 0, 0, '', '')`
]

const isEarlier = ({ name }: Migrate.Migration) => name < "0016"

layer(Layer.empty, { excludeTestServices: true })("a folder from before the kinds", (it) => {
  it.effect("keeps its data: tags in their order, and twins told apart", () =>
    Effect.scoped(
      Effect.flatMap(freshDatabase, (url) =>
        Effect.provide(
          Effect.gen(function* () {
            const sql = yield* SqlClient.SqlClient
            const all = yield* Migrate.shipped
            yield* Migrate.run({ migrations: all.filter(isEarlier) })
            for (const text of before) yield* sql.unsafe(text).unprepared
            yield* Migrate.run({ migrations: all })
            const values = (text: string) => sql.unsafe(text).values
            assert.deepStrictEqual(yield* values("SELECT tags FROM incidents"), [[["b", "a", `it's, "so"`]]])
            assert.deepStrictEqual(
              yield* values("SELECT left(id::text, 8), name, version::int FROM categories ORDER BY id"),
              [
                ["00000001", "mail (3)", 2],
                ["00000002", "mail", 1],
                ["00000003", "mail (4)", 2],
                ["00000004", "mail (2)", 1],
                ["00000005", "mail", 1]
              ]
            )
            assert.deepStrictEqual(
              yield* values("SELECT left(id::text, 8), deleted_at IS NULL FROM user_roles ORDER BY id"),
              [
                ["00000001", false],
                ["00000002", true]
              ]
            )
            assert.deepStrictEqual(yield* values("SELECT left(id::text, 8) FROM idempotency_records"), [["00000002"]])
          }),
          PgStore.clientLayer({ url, maxConnections: 1 })
        )
      )
    )
  )
})
