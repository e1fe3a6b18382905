import { Effect, Option } from "effect"
import { Actor, type Entity, type Id, Instant, Kernel, Shell, Stamp } from "@itsm/core/kernel"
import { Organizations, User, Users } from "@itsm/core/identity"
import { CommandFailed } from "../failure.ts"

const origin: Actor.Origin = { requestId: null, address: null, userAgent: "itsm" }

/** Makes a user an operator of the platform. No command of the API does that, so it is put on record here. */
export const promote = Effect.fnUntraced(function* (organizationId: Id.Id<"Organization">, userId: Id.Id<"User">) {
  const kernel = yield* Kernel.Kernel
  const found = yield* kernel.store.get({ organizationId }, User, userId)
  if (Option.isNone(found)) return yield* new CommandFailed({ reason: "There is no such user." })
  const before = found.value as unknown as Entity.AnyRecord
  const actor = Actor.system(organizationId)
  const record = Stamp.restamp(User, { now: yield* Instant.now, actor }, before, { isSuperuser: true })
  yield* kernel.store.commit({ organizationId }, [
    { kind: "update", entity: User, record, expectedVersion: before.version }
  ])
  const changes = [{ field: "isSuperuser", old: false, new: true }]
  yield* Shell.audit(kernel, actor, origin, {
    action: "user.promote",
    entity: User,
    id: userId,
    number: null,
    departmentId: null,
    outcome: "allow",
    reason: "made an operator of the platform",
    changes
  })
})

/** The operator of the demo, in an organization of their own that holds nothing else. */
export const foundPlatform = Effect.fnUntraced(function* (email: string, password: string) {
  const organization = yield* Organizations.use((organizations) =>
    organizations.create({ name: "Platform", slug: "platform" })
  ).pipe(Actor.provide(Actor.platform))
  const user = yield* Users.use((users) => users.create({ email, displayName: "Platform operator", password })).pipe(
    Actor.provide(Actor.system(organization.id))
  )
  yield* promote(organization.id, user.id)
})
