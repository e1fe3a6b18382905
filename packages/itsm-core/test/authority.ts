import { MemoryStore } from "@itsm/adapter-memory"
import { Effect, Layer, ManagedRuntime } from "effect"
import { afterAll } from "vitest"
import * as Itsm from "../src/itsm.ts"
import { Actor, type Entity, Errors, Instant } from "../src/kernel/index.ts"
import {
  Authentication,
  type Department,
  type PasswordHasherShape,
  type UserPermission,
  UserPermissions,
  Users
} from "../src/modules/identity/index.ts"
import { scenario } from "../src/testing/scenario.ts"

/** One domain for all tests of a file. */
export const runtime = ManagedRuntime.make(Layer.provideMerge(Itsm.layer, MemoryStore.layer))
afterAll(() => runtime.dispose())

export type Provided = Layer.Success<typeof Itsm.layer>
export type Attempt = Effect.Effect<unknown, { readonly _tag: string }, Provided | Actor.CurrentActor>
export const run = <A, E>(effect: Effect.Effect<A, E, Provided>) => runtime.runPromise(effect)

/** The tag of what an attempt fails with; `done` where it succeeds. */
export const outcome = <A, E extends { readonly _tag: string }, R>(
  actor: Actor.Actor,
  attempt: Effect.Effect<A, E, R>
) =>
  attempt.pipe(Actor.provide(actor), Effect.match({ onFailure: ({ _tag }): string => _tag, onSuccess: () => "done" }))

/** Why an attempt is not permitted. */
export const reasonOf = <A, E, R>(actor: Actor.Actor, attempt: Effect.Effect<A, E, R>) =>
  attempt.pipe(
    Actor.provide(actor),
    Effect.match({
      onFailure: (error) => (error instanceof Errors.PermissionDenied ? error.reason : "another failure"),
      onSuccess: () => "done"
    })
  )

export const actorFor = (id: string) => Authentication.use((authentication) => authentication.actorFor(id as never))
export const inAnHour = Effect.map(Instant.now, (now) => Instant.plusMs(now, 3_600_000))

export const hasher: PasswordHasherShape = {
  hash: (text) => Effect.succeed(`hash of ${text}`),
  verify: () => Effect.succeed(false),
  minimumLength: 15
}

let companies = 0
/** A company of its own, and what its administrator does in it. */
export const company = Effect.gen(function* () {
  const found = yield* scenario(`company-${++companies}`)
  const { admin, department } = found
  const as = <A, E, R>(effect: Effect.Effect<A, E, R>) => Actor.provide(admin)(effect)
  /** An active person without a role, who holds these permissions everywhere. */
  const person = Effect.fnUntraced(function* (
    name: string,
    permissions: ReadonlyArray<string> = [],
    departmentId: Department["id"] | null = department.id
  ) {
    const email = `${name}@${found.organization.slug}.example`
    const { id } = yield* as(Users.use((users) => users.create({ email, displayName: name, departmentId })))
    yield* as(Users.use((users) => users.enable(id)))
    for (const permission of permissions) yield* give("user", id, permission)
    return id
  })
  const give = (
    subjectType: "user" | "team" | "role",
    subjectId: string,
    permission: string,
    more: Partial<Entity.DraftOf<typeof UserPermission>> = {}
  ) =>
    as(
      UserPermissions.use((direct) =>
        direct.create({ subjectType, subjectId, permission, effect: "allow", scope: "organization", ...more })
      )
    )
  const roleId = (key: string) => found.roles.find((role) => role.key === key)!.id
  return { ...found, as, person, give, roleId }
})
