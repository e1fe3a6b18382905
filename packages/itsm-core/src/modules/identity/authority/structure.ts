import { Effect } from "effect"
import { type Actor, Condition, Entity, type Id, type Kernel, Pages } from "../../../kernel/index.ts"
import { Department } from "../records/department.ts"
import { Role, UserPermission } from "../records/role.ts"
import { Team } from "../records/team.ts"

const read = (kernel: Kernel.KernelShape, organizationId: Id.Id<"Organization">) =>
  Effect.map(
    Effect.all(
      [
        Pages.collect(kernel.store, { organizationId }, Department, Entity.notDeleted(Department)),
        Pages.collect(kernel.store, { organizationId }, Team, Entity.notDeleted(Team)),
        Pages.collect(kernel.store, { organizationId }, Role, Entity.notDeleted(Role)),
        Pages.collect(
          kernel.store,
          { organizationId },
          UserPermission,
          Condition.all([Condition.oneOf("subjectType", ["team", "role"]), Entity.notDeleted(UserPermission)])
        )
      ],
      { concurrency: 4 }
    ),
    ([departments, teams, roles, permissions]) => ({
      departments,
      teams,
      roles: new Map<string, Role>(roles.map((role) => [role.id, role])),
      /** What the roles allow in the whole organization, by their ids, as far as it was asked for. */
      grants: new Map<string, ReadonlyArray<Actor.Grant>>(),
      /** What is given to, or kept from, the members of a team or the holders of a role: by kind and id. */
      permissions: Map.groupBy(permissions, ({ subjectType, subjectId }) => `${subjectType} ${subjectId}`)
    })
  )

/** What all members of an organization share: read once for all of them. */
export const structureOf = (kernel: Kernel.KernelShape, organizationId: Id.Id<"Organization">) =>
  kernel.recent.get(organizationId, "structure", read(kernel, organizationId))

export type Structure = Effect.Success<ReturnType<typeof structureOf>>
