import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { type Actor, catalogue, Itsm, Policy } from "@itsm/core"
import { scenario } from "@itsm/core/testing"
import { Effect, Layer } from "effect"
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { folder, golden, stale } from "./golden/index.ts"

describe("the generated documents", () => {
  it.each(Object.entries(golden))("%s is what the code gives now", (name, make) => {
    assert.strictEqual(
      readFileSync(join(folder, name), "utf8"),
      make(),
      "Run `pnpm golden`, and look at what has changed."
    )
  })

  it("are all that lies in their folder", () => {
    assert.deepStrictEqual(stale(), [])
  })
})

/** The widest scope in each cell of the published matrix, by permission and role. */
const published = () => {
  const cells = new Map<string, Actor.Scope | null>()
  let roles: ReadonlyArray<string> = []
  const pages = globSync(join(folder, "permissions/*.md")).map((path) => readFileSync(path, "utf8"))
  for (const line of pages.flatMap((text) => text.split("\n"))) {
    const [first = "", ...rest] = line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim())
    if (first === "Permission") roles = rest
    const permission = /^`(.+)`$/.exec(first)?.[1]
    if (permission === undefined) continue
    for (const [at, cell] of rest.entries()) {
      const [scope = "-"] = cell.split(/[,[]/)
      cells.set(`${roles[at]} ${permission}`, scope === "-" ? null : (scope as Actor.Scope))
    }
  }
  return cells
}

describe("the permission matrix", () => {
  it.effect("says what each role may really do", () =>
    Effect.gen(function* () {
      const { admin, manager, agent, user } = yield* scenario("acme")
      const cells = published()
      const actual = Object.entries({ end_user: user, agent, manager, admin }).flatMap(([role, actor]) =>
        catalogue.permissions.map(
          (permission) => [`${role} ${permission}`, Policy.widestScope(actor, permission)] as const
        )
      )
      assert.deepStrictEqual(Object.fromEntries(cells), Object.fromEntries(actual))
    }).pipe(Effect.provide(Layer.provide(Itsm.layer, MemoryStore.layer)))
  )
})
