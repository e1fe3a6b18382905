import { Effect } from "effect"
import { type Actor, Condition, Entity, type Id, type Kernel, type Store } from "../../../kernel/index.ts"
import { Department } from "../records/department.ts"
import { Role, UserPermission } from "../records/role.ts"
import { Team } from "../records/team.ts"

const pageSize = 1000

/** All records of the entity that satisfy the condition, however many they are. */
const everyOne = Effect.fnUntraced(function* <E extends Entity.AnyEntity>(
  { store }: Kernel.KernelShape,
  organizationId: Id.Id<"Organization">,
  entity: E,
  condition: Condition.Condition
) {
  const found: Array<Entity.RecordOf<E>> = []
  const where = Condition.all([condition, Entity.notDeleted])
  let after: Store.Query["after"]
  do {
    const query: Store.Query = { where, sort: [], limit: pageSize, ...(after === undefined ? {} : { after }) }
    const page: Store.Page<Entity.RecordOf<E>> = yield* store.find({ organizationId }, entity, query)
    found.push(...page.items)
    after = page.next ?? undefined
  } while (after !== undefined)
  return found
})

const read = (kernel: Kernel.KernelShape, organizationId: Id.Id<"Organization">) =>
  Effect.map(
    Effect.all(
      [
        everyOne(kernel, organizationId, Department, Condition.always),
        everyOne(kernel, organizationId, Team, Condition.always),
        everyOne(kernel, organizationId, Role, Condition.always),
        everyOne(kernel, organizationId, UserPermission, Condition.oneOf("subjectType", ["team", "role"]))
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
