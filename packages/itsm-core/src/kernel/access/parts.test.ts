import { assert, describe, it, layer } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Effect, Layer } from "effect"
import { furnished, type Furnished, somebody } from "../../testing/furnished.ts"
import * as Maintenance from "../../testing/maintenance.ts"
import { rowRulesOfParts } from "../../testing/row-rules.ts"
import * as Actor from "./actor.ts"
import * as C from "../model/condition.ts"
import { Kernel } from "../running/kernel.ts"
import { explain, subjectOf } from "./explain.ts"
import { permits } from "./policy.ts"
import { seenWithin } from "./visible.ts"

const { Note, Notes, Step, Steps, Window, Windows } = Maintenance
const everything = ["maintenance_window.read", "maintenance_step.read", "maintenance_note.read"].map((permission) => ({
  permission,
  scope: "organization" as const
}))
const play = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.provide(effect, Maintenance.layer.pipe(Layer.provideMerge(MemoryStore.layer)))

/** The first window that is the agent's team's and nobody's own, with its first step and that one's notes. */
const ofTeam = (world: Furnished) => {
  const window = world.windows.find(
    ({ teamId, ownerId, deletedAt }) => teamId === world.teams[0]!.id && ownerId === null && deletedAt === null
  )!
  const step = world.steps.find(({ windowId, deletedAt }) => windowId === window.id && deletedAt === null)!
  return { window, step, notes: world.notes.filter(({ stepId }) => stepId === step.id) }
}
/** A live step of a window that satisfies the condition. */
const stepWhere = (world: Furnished, holds: (window: Maintenance.Window) => boolean) =>
  world.steps.find(({ windowId, deletedAt }) => {
    const window = world.windows.find(({ id }) => id === windowId)!
    return deletedAt === null && window.deletedAt === null && holds(window)
  })!
const told = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.match(effect, { onFailure: ({ _tag }) => _tag, onSuccess: () => "Success" })

layer(MemoryStore.layer)("row rules", (rules) => {
  rowRulesOfParts(rules, 150)
})

describe("a part", () => {
  it.effect("has the scopes of its whole, for whatever is done with it", () =>
    play(
      Effect.gen(function* () {
        const world = yield* furnished
        const me = world.users[2]!.id
        const [team, department] = [world.teams[0]!.id, world.departments[0]!.id]
        const own = world.users[0]!.id
        const steps = {
          own: stepWhere(world, ({ ownerId, teamId }) => ownerId === own && teamId === null),
          team: stepWhere(world, ({ ownerId, teamId }) => ownerId !== own && teamId === team),
          department: stepWhere(
            world,
            ({ ownerId, teamId, departmentId }) => ownerId !== own && teamId !== team && departmentId === department
          ),
          organization: stepWhere(
            world,
            ({ ownerId, teamId, departmentId }) => ownerId !== own && teamId !== team && departmentId !== department
          )
        }
        assert.notStrictEqual(me, own)
        for (const scope of Actor.scopes) {
          const actor = somebody(
            world,
            own,
            [
              ...everything,
              ...["update", "delete", "finish"].map((name) => ({ permission: `maintenance_step.${name}`, scope }))
            ],
            { teamIds: [team], departmentIds: [department] }
          )
          const service = yield* Steps
          for (const [at, { id }] of Object.entries(steps)) {
            const isWithin = Actor.scopes.indexOf(at as Actor.Scope) <= Actor.scopes.indexOf(scope)
            const wanted = isWithin ? "Success" : "PermissionDenied"
            for (const call of [
              service.update(id, { title: "New" }, { dryRun: true }),
              service.delete(id, {}, { dryRun: true }),
              service.finish(id, {}, { dryRun: true })
            ])
              assert.strictEqual(yield* told(call).pipe(Actor.provide(actor)), wanted, `${scope} ${at}`)
          }
        }
      })
    )
  )

  it.effect("of what the caller does not see is not there, by its id or otherwise", () =>
    play(
      Effect.gen(function* () {
        const world = yield* furnished
        const { step, notes } = ofTeam(world)
        const [steps, noteService] = [yield* Steps, yield* Notes]
        const parts = everything.slice(1)
        const all = somebody(world, null, everything)
        const outsider = somebody(world, null, [
          ...parts,
          { permission: "maintenance_window.read", scope: "team" },
          { permission: "maintenance_step.*", scope: "organization" }
        ])
        yield* Effect.all([steps.get(step.id), noteService.get(notes[0]!.id)]).pipe(Actor.provide(all))
        yield* Effect.gen(function* () {
          assert.strictEqual(yield* told(steps.get(step.id)), "NotFound")
          assert.strictEqual(yield* told(steps.update(step.id, { title: "x" })), "NotFound")
          assert.strictEqual(yield* told(noteService.get(notes[0]!.id)), "NotFound")
          assert.deepStrictEqual((yield* steps.list({ limit: 1000 })).items, [])
          assert.deepStrictEqual((yield* noteService.list({ where: C.eq("stepId", step.id) })).items, [])
        }).pipe(Actor.provide(outsider))
      })
    )
  )

  it.effect("is made where the whole is within the scope, and nowhere else", () =>
    play(
      Effect.gen(function* () {
        const world = yield* furnished
        const { window } = ofTeam(world)
        const other = world.windows.find(
          ({ teamId, deletedAt }) => teamId === world.teams[1]!.id && deletedAt === null
        )!
        const steps = yield* Steps
        const creating = { permission: "maintenance_step.create", scope: "team" as const }
        const member = (grants: typeof everything) =>
          somebody(world, null, [...grants, creating], { teamIds: [window.teamId!] })
        const make = (windowId: Maintenance.Window["id"], actor: Actor.Actor) =>
          told(steps.create({ title: "New", windowId })).pipe(Actor.provide(actor))
        assert.strictEqual(yield* make(window.id, member(everything)), "Success")
        assert.strictEqual(yield* make(other.id, member(everything)), "PermissionDenied")
        assert.strictEqual(yield* make(window.id, member(everything.slice(1))), "ValidationFailed")
      })
    )
  )

  it.effect("is denied as far as a denial of its own reaches on the whole", () =>
    play(
      Effect.gen(function* () {
        const world = yield* furnished
        const { step } = ofTeam(world)
        const other = stepWhere(world, ({ teamId }) => teamId === world.teams[1]!.id)
        const barred = somebody(
          world,
          null,
          [...everything, { permission: "maintenance_step.read", effect: "deny", scope: "team" }],
          { teamIds: [world.teams[0]!.id] }
        )
        const steps = yield* Steps
        assert.strictEqual(yield* told(steps.get(step.id)).pipe(Actor.provide(barred)), "NotFound")
        assert.strictEqual(yield* told(steps.get(other.id)).pipe(Actor.provide(barred)), "Success")
      })
    )
  )

  it.effect("shows the fields, tells the actions and explains them by its whole", () =>
    play(
      Effect.gen(function* () {
        const world = yield* furnished
        const kernel = yield* Kernel
        const { step } = ofTeam(world)
        const other = stepWhere(world, ({ teamId, ownerId }) => teamId === world.teams[1]!.id && ownerId === null)
        const member = somebody(
          world,
          null,
          [
            everything[0]!,
            { permission: "maintenance_step.read", scope: "organization", fields: ["windowId"] },
            { permission: "maintenance_step.read", scope: "team" },
            { permission: "maintenance_step.finish", scope: "team" }
          ],
          { teamIds: [world.teams[0]!.id] }
        )
        const steps = yield* Steps
        const actions = kernel.catalogue.actions.get(Step.name)!
        const subject = subjectOf(kernel.catalogue, Step.resource, "finish")!
        for (const [id, isTheirs] of [
          [step.id, true],
          [other.id, false]
        ] as const) {
          const found = yield* seenWithin(kernel, member, Step, id)
          const listed = yield* steps.list({ where: C.eq("id", id) }).pipe(Actor.provide(member))
          for (const shown of [yield* steps.get(id).pipe(Actor.provide(member)), listed.items[0]!])
            assert.strictEqual("title" in shown, isTheirs)
          assert.deepStrictEqual(actions.allowed(member, found, ""), isTheirs ? ["finish"] : [])
          assert.deepInclude(actions.transitions(member, found, "")[0]!, { action: "finish", allowed: isTheirs })
          assert.strictEqual(explain(member, subject, { ...found, isVisible: true }, "").allow, isTheirs)
        }
      })
    )
  )

  it.effect("cannot be judged by a rule of its whole without it", () =>
    play(
      Effect.gen(function* () {
        const world = yield* furnished
        const { step } = ofTeam(world)
        const barred = somebody(world, null, [...everything, { permission: "*", effect: "deny", scope: "team" }], {
          teamIds: [world.teams[0]!.id]
        })
        assert.throws(() => permits(barred, Step, "maintenance_step.read")(step), "MaintenanceWindow")
      })
    )
  )
})

describe("the outermost whole", () => {
  it.effect("gives a part of a part its scopes, but for what the part says itself", () =>
    play(
      Effect.gen(function* () {
        const world = yield* furnished
        const { window, notes } = ofTeam(world)
        const service = yield* Notes
        const update = (scope: Actor.Scope, id: string | null, note: Maintenance.Note) =>
          told(service.update(note.id, { title: "New" }, { dryRun: true })).pipe(
            Actor.provide(
              somebody(world, id, [...everything, { permission: "maintenance_note.update", scope }], {
                teamIds: scope === "team" ? [window.teamId!] : []
              })
            )
          )
        const [mine, nobodys] = notes as [Maintenance.Note, Maintenance.Note]
        assert.isNull(nobodys.authorId)
        assert.strictEqual(yield* update("own", mine.authorId, mine), "Success")
        assert.strictEqual(yield* update("own", mine.authorId, nobodys), "PermissionDenied")
        assert.strictEqual(yield* update("team", null, nobodys), "Success")
        assert.strictEqual(yield* update("department", null, nobodys), "PermissionDenied")
        const windows = yield* Windows
        assert.strictEqual(
          (yield* windows.get(window.id).pipe(Actor.provide(somebody(world, null, everything)))).id,
          window.id
        )
        assert.strictEqual(Note.parent?.entity.parent?.entity, Window)
      })
    )
  )
})
