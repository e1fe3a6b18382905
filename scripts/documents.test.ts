import { assert, beforeAll, describe, expect, it, test } from "@effect/vitest"
import { endpointsOf } from "@itsm/adapter-http"
import { MemoryStore } from "@itsm/adapter-memory"
import {
  Actor,
  AuditLogs,
  Authentication,
  Catalogue,
  catalogue,
  Condition,
  Departments,
  type Errors,
  Event,
  Idempotency,
  Kernel,
  Organizations,
  Roles,
  TeamMembers,
  Teams,
  Timer,
  UserPermissions,
  UserRoles,
  Users
} from "@itsm/core"
import { Access, company, makeRecords, type Samples, scenario } from "@itsm/core/testing"
import { Effect, Layer } from "effect"
import { execFileSync, spawnSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { read } from "../packages/adapter-http/server/config/config.ts"
import { usages } from "../packages/adapter-http/server/usage.ts"
import { blocksOf, brokenLinks, documents } from "./documents/markdown.ts"
import { folder, runnable, writePrograms } from "./documents/programs.ts"

beforeAll(writePrograms)

describe("the documents", () => {
  test.each(documents)("%s links to what is there", (document) => {
    expect(brokenLinks(document)).toEqual([])
  })

  test("name scripts that exist", () => {
    const manifest = JSON.parse(readFileSync("package.json", "utf8")) as { readonly scripts: Record<string, string> }
    const shell = documents.flatMap(blocksOf).filter(({ language }) => language === "sh")
    const named = shell.flatMap(({ text }) =>
      [...text.matchAll(/\b(?:npm|pnpm)(?: run)? ([a-z][\w:-]*)/g)].map((match) => match[1]!)
    )
    expect(named).toEqual(expect.arrayContaining(["start", "test"]))
    expect(named.filter((name) => !(name in manifest.scripts))).toEqual([])
  })

  test("have an entry for each decision in their index", () => {
    const index = readFileSync("docs/decisions/README.md", "utf8")
    const decisions = readdirSync("docs/decisions").filter((name) => name !== "README.md")
    expect(decisions.filter((name) => !index.includes(`](${name})`))).toEqual([])
  })

  test("have code that type-checks", () => {
    const { stdout } = spawnSync("node_modules/.bin/tsc", ["-p", folder, "--pretty", "false"], { encoding: "utf8" })
    const ours = stdout.split("\n").filter((line) => line.startsWith(folder))
    expect(ours).toEqual([])
  }, 120_000)

  test("have code that runs, and prints what they show", () => {
    const files = runnable.map(({ file }) => join(folder, file))
    const stdout = execFileSync(process.execPath, ["scripts/run-programs.mjs", ...files], { encoding: "utf8" })
    const shown = Object.fromEntries(runnable.map(({ file, block }) => [join(folder, file), block.output ?? ""]))
    expect(files).not.toEqual([])
    expect(JSON.parse(stdout)).toEqual(shown)
  }, 120_000)
})

describe("the operator's guide", () => {
  const guide = readFileSync("docs/operating.md", "utf8")
  /** The first cells of the table below a heading. */
  const rowsBelow = (heading: string) => {
    const section = guide.split(`\n## ${heading}\n`)[1]!.split("\n## ")[0]!
    return [...section.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]!).toSorted()
  }

  test("lists the settings that the server reads", () => {
    const asked = new Set<string>()
    read(new Proxy({}, { get: (_, name) => void asked.add(String(name)), ownKeys: () => [] }))
    const files = [...asked].filter((name) => name.endsWith("_FILE"))
    const names = [...asked].filter((name) => !files.includes(name))
    expect(rowsBelow("Settings")).toEqual(names.toSorted())
    expect(files.filter((name) => !guide.includes(`\`${name}\``))).toEqual([])
  })

  test("lists the commands", () => {
    expect(rowsBelow("Commands")).toEqual(Object.keys(usages).toSorted())
  })
})

describe("the page on security", () => {
  const page = readFileSync("docs/security.md", "utf8")
  const files = [
    "packages/itsm-core/src",
    "packages/adapter-memory",
    "packages/adapter-pg/test",
    "packages/adapter-http/test"
  ]
    .flatMap((root) => readdirSync(root, { recursive: true, encoding: "utf8" }).map((name) => join(root, name)))
    .filter((file) => file.endsWith(".ts") && !file.includes("node_modules"))

  test("names tests that there are", () => {
    const titles = files.filter((file) => file.endsWith(".test.ts")).map((file) => readFileSync(file, "utf8"))
    const ids = new Set(page.match(/T-[A-Z]+-\d+/g))
    expect([...ids].filter((id) => !titles.some((text) => new RegExp(`${id}\\b`).test(text)))).toEqual([])
    const named = [...page.matchAll(/`([\w.-]+\.ts)`/g)].map(([, name]) => name!)
    expect(named.filter((name) => !files.some((file) => file.endsWith(`/${name}`)))).toEqual([])
  })

  test("covers what is known to have gone wrong elsewhere", () => {
    const counts = {
      AUTHZ: 7,
      MASS: 1,
      ORG: 1,
      JWT: 3,
      MFA: 3,
      SESS: 1,
      PW: 1,
      RATE: 2,
      PROXY: 1,
      RESET: 3,
      BOOT: 1,
      SQL: 3
    }
    const ids = Object.entries(counts).flatMap(([name, count]) =>
      Array.from({ length: count }, (_, index) => `T-${name}-${index + 1}`)
    )
    const all = [...ids, "T-REFRESH-2", "T-REFRESH-3", "T-RACE-1", "T-RACE-2", "T-RACE-5"]
    expect(all.filter((id) => !new RegExp(`${id}\\b`).test(page))).toEqual([])
  })
})

/** What the test calls of the service that the document on new modules defines. */
interface Handovers {
  readonly write: (input: object) => Effect.Effect<Handover, Errors.DomainError, Actor.CurrentActor>
  readonly accept: (
    id: string
  ) => Effect.Effect<Handover, Errors.StateConflict | Errors.GuardFailed, Actor.CurrentActor>
}
type Handover = { readonly id: string; readonly state: string; readonly acceptedById: string | null }

describe("the module that a document adds", () => {
  const load = Effect.promise(async () => {
    const { handovers, Handovers } = await import(
      /* @vite-ignore */ pathToFileURL(join(folder, "handovers/index.ts")).href
    )
    const { samples } = await import(/* @vite-ignore */ pathToFileURL(join(folder, "handovers/samples/index.ts")).href)
    return { handovers: handovers as Catalogue.Module, Handovers, samples: samples as Samples }
  })
  const extend = (module: Catalogue.Module) =>
    Catalogue.make([...catalogue.modules, module], [Event.OutboxEvent, Timer.Timer, Idempotency.IdempotencyRecord])
  const worldWith = (module: Catalogue.Module, service: { readonly layer: unknown }) => {
    const layers = [...identity, AuditLogs, Authentication, service].map(({ layer }) => layer)
    return Layer.mergeAll(...(layers as [typeof Users.layer])).pipe(
      Layer.provideMerge(Kernel.Kernel.layer(extend(module))),
      Layer.provide(MemoryStore.layer)
    )
  }
  const identity = [Organizations, Departments, Teams, TeamMembers, Users, Roles, UserRoles, UserPermissions]

  it.effect("runs on the memory store, with its permissions and its audit entries", () =>
    Effect.gen(function* () {
      const { handovers, Handovers } = yield* load
      const world = worldWith(handovers, Handovers)
      yield* Effect.gen(function* () {
        const { admin, agent, team } = yield* scenario("acme")
        const service: Handovers = yield* Handovers
        const given = { teamId: team.id, notes: "The relay was restarted twice tonight." }
        assert.strictEqual(
          (yield* Effect.flip(service.write(given)).pipe(Actor.provide(agent)))._tag,
          "PermissionDenied"
        )
        yield* UserPermissions.use((permissions) =>
          permissions.create({
            subjectType: "user",
            subjectId: agent.id!,
            permission: "handover.*",
            effect: "allow",
            scope: "team"
          })
        ).pipe(Actor.provide(admin))
        const onDuty = yield* Authentication.use((authentication) => authentication.actorFor(agent.id!))

        const { id, state } = yield* service.write(given).pipe(Actor.provide(admin))
        assert.strictEqual(state, "waiting")
        assert.deepInclude(yield* Effect.flip(service.accept(id)).pipe(Actor.provide(admin)), { guard: "notOwn" })
        const accepted = yield* service.accept(id).pipe(Actor.provide(onDuty))
        assert.deepInclude(accepted, { state: "accepted", acceptedById: agent.id })
        assert.strictEqual((yield* Effect.flip(service.accept(id)).pipe(Actor.provide(onDuty)))._tag, "StateConflict")

        const where = Condition.eq("entityType", "handover")
        const entries = yield* AuditLogs.use((log) => log.list({ where })).pipe(Actor.provide(admin))
        assert.sameMembers(
          entries.items.map(({ action, outcome }) => `${outcome} ${action}`),
          ["deny handover.create", "allow handover.create", "allow handover.accept"]
        )
      }).pipe(Effect.provide(world)) as Effect.Effect<void, unknown>
    })
  )

  it.effect("ships samples of its records, and a row of access for each of its routes", () =>
    Effect.gen(function* () {
      const { handovers, Handovers, samples } = yield* load
      const { records } = yield* Effect.flatMap(company("acme"), (made) =>
        makeRecords(made, [{ name: handovers.name, samples }])
      ).pipe(Effect.provide(worldWith(handovers, Handovers))) as Effect.Effect<
        Effect.Success<ReturnType<typeof makeRecords>>,
        unknown
      >
      assert.deepStrictEqual(Object.keys(records), ["Handover"])
      const rows = Access.accessRows(handovers.name, samples.access)
      const routes = endpointsOf(extend(handovers), new Uint8Array(32)).filter(({ tag }) => tag === handovers.name)
      assert.sameMembers(
        rows.map(({ method, path }) => `${method} ${path}`),
        routes.map(({ method, path }) => `${method} ${path}`)
      )
      for (const { on } of rows) assert.isTrue(on === "-" || records["Handover"]![on] !== undefined, on)
    })
  )

  it.effect("has its permissions and its routes", () =>
    Effect.gen(function* () {
      const { handovers } = yield* load
      const extended = extend(handovers)
      assert.includeMembers([...extended.permissions], ["handover.create", "handover.read", "handover.accept"])
      const routes = endpointsOf(extended, new Uint8Array(32)).map(({ method, path }) => `${method} ${path}`)
      assert.sameMembers(
        routes.filter((route) => route.includes("handovers")),
        [
          "GET /handovers/",
          "POST /handovers/",
          "GET /handovers/{id}/",
          "GET /handovers/{id}/transitions/",
          "POST /handovers/{id}/accept/"
        ]
      )
    })
  )
})
