import { Effect, Option } from "effect"
import type { Actor } from "./actor.ts"
import * as C from "./condition.ts"
import type { Condition } from "./condition.ts"
import type { Directory, OrganizationProfile, Person, TeamProfile } from "./directory.ts"
import type { AnyEntity, AnyRecord, RecordOf } from "./entity.ts"
import { notDeleted } from "./entity.ts"
import type { KernelShape } from "./kernel.ts"
import type { RoleGrant } from "./role.ts"
import type { SortKey } from "./order.ts"

type Id = string | null | undefined

/** What a command may read before it decides: its own organization, deleted records apart. */
export interface Reader {
  readonly get: <E extends AnyEntity>(entity: E, id: Id) => Effect.Effect<Option.Option<RecordOf<E>>>
  /** The records that satisfy the condition; at most 1,000. */
  readonly all: <E extends AnyEntity>(
    entity: E,
    where: Condition,
    sort?: ReadonlyArray<SortKey>
  ) => Effect.Effect<ReadonlyArray<RecordOf<E>>>
  readonly count: (entity: AnyEntity, where: Condition) => Effect.Effect<number>
  /** The one record of a configuration entity that each organization has; at most a second old. */
  readonly setting: <E extends AnyEntity>(entity: E) => Effect.Effect<RecordOf<E>>
  /** People, teams and the organization, at most a second old. */
  readonly person: (id: Id) => Effect.Effect<Option.Option<Person>>
  readonly team: (id: Id) => Effect.Effect<Option.Option<TeamProfile>>
  readonly organization: Effect.Effect<OrganizationProfile>
  /** Every permission that there is. */
  readonly permissions: ReadonlyArray<string>
  /** The grants of a built-in role. */
  readonly grantsOf: (role: string) => ReadonlyArray<RoleGrant>
  /** The next number of a sequence, such as `INC-000123`. */
  readonly nextNumber: (prefix: string) => Effect.Effect<string>
}

export const make = (kernel: KernelShape, actor: Actor): Reader => {
  const { store, numbers, recent, catalogue } = kernel
  const { organizationId } = actor
  const reach = { organizationId }
  const directory: Directory = catalogue.directory
  const get: Reader["get"] = (entity, id) =>
    id === null || id === undefined
      ? Effect.succeedNone
      : Effect.map(
          store.get(reach, entity, id),
          Option.filter((record) => (record as AnyRecord).deletedAt === null)
        )
  const all: Reader["all"] = (entity, where, sort = []) =>
    Effect.map(
      store.find(reach, entity, { where: C.all([where, notDeleted]), sort, limit: 1000 }),
      (page) => page.items
    )
  const setting = <E extends AnyEntity>(entity: E): Effect.Effect<RecordOf<E>> =>
    Effect.flatMap(all(entity, C.always), ([record]) =>
      record === undefined ? Effect.die(new Error(`The organization has no ${entity.name}.`)) : Effect.succeed(record)
    )
  return {
    get,
    all,
    count: (entity, where) => store.count(reach, entity, C.all([where, notDeleted]), 10_000),
    setting: (entity) => recent.get(organizationId, `setting ${entity.name}`, setting(entity)),
    person: (id) =>
      typeof id !== "string"
        ? Effect.succeedNone
        : recent.get(organizationId, `person ${id}`, directory.person(kernel, organizationId, id)),
    team: (id) =>
      typeof id !== "string"
        ? Effect.succeedNone
        : recent.get(organizationId, `team ${id}`, directory.team(kernel, organizationId, id)),
    organization: Effect.suspend(() =>
      recent.get(organizationId, "organization", directory.organization(kernel, organizationId))
    ),
    permissions: catalogue.permissions,
    grantsOf: catalogue.grantsOf,
    nextNumber: (prefix) => numbers.next(actor, prefix)
  }
}
