import { Effect, Option } from "effect"
import { type Directory, type Id, Instant, type Kernel } from "../../../kernel/index.ts"
import { accessOf, endOf } from "./grants.ts"
import { Organization } from "../records/organization.ts"
import { Team } from "../records/team.ts"
import { User } from "../records/user.ts"

const person: Directory.Directory["person"] = (kernel, organizationId, id) =>
  Effect.gen(function* () {
    const user = yield* kernel.store.get({ organizationId }, User, id)
    if (Option.isNone(user) || user.value.deletedAt !== null) return Option.none()
    const { displayName, departmentId, state } = user.value
    return Option.some({
      id: user.value.id,
      displayName,
      departmentId,
      isActive: state === "active",
      actor: Effect.map(
        kernel.recent.get(
          organizationId,
          "acting",
          Effect.flatMap(Instant.now, (now) => accessOf(kernel, user.value, null, now)),
          { about: id, endsAt: endOf }
        ),
        ({ actor }) => actor
      )
    })
  })

const team = (kernel: Kernel.KernelShape, organizationId: Id.Id<"Organization">, id: string) =>
  Effect.map(kernel.store.get({ organizationId }, Team, id), (found) =>
    found.pipe(
      Option.filter((record) => record.deletedAt === null),
      Option.map(({ id: teamId, name, departmentId, active }) => ({
        id: teamId,
        name,
        departmentId,
        isActive: active
      }))
    )
  )

const organization = (kernel: Kernel.KernelShape, organizationId: Id.Id<"Organization">) =>
  Effect.map(kernel.store.get({ organizationId }, Organization, organizationId), (found) => ({
    timeZone: Option.match(found, { onNone: () => "UTC", onSome: (record) => record.timeZone })
  }))

export const directory: Directory.Directory = { person, team, organization }
