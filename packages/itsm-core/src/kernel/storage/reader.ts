import { Effect, Option } from "effect"
import type { Actor } from "../access/actor.ts"
import * as C from "../model/condition.ts"
import type { Condition } from "../model/condition.ts"
import type { OrganizationProfile, Person, TeamProfile } from "../access/directory.ts"
import type { AnyEntity, AnyRecord, RecordOf } from "../model/entity.ts"
import { notDeleted } from "../model/entity.ts"
import { type AnyView, type FaceOf, faceOf } from "../commands/published.ts"
import type { KernelShape } from "../running/kernel.ts"
import type { RoleGrant } from "../access/role.ts"
import type { SortKey } from "../model/order.ts"
import type * as Recent from "./recent.ts"

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
  /** A record of another module, as that module publishes it. */
  readonly published: <V extends AnyView>(view: V, id: Id) => Effect.Effect<Option.Option<FaceOf<V>>>
  readonly count: (entity: AnyEntity, where: Condition) => Effect.Effect<number>
  /** The one record of a configuration entity that each organization has; at most a second behind. */
  readonly setting: <E extends AnyEntity>(entity: E) => Effect.Effect<RecordOf<E>>
  /** People, teams and the organization, at most a second behind. */
  readonly person: (id: Id) => Effect.Effect<Option.Option<Person>>
  readonly team: (id: Id) => Effect.Effect<Option.Option<TeamProfile>>
  readonly organization: Effect.Effect<OrganizationProfile>
  /** Every permission that there is. */
  readonly permissions: ReadonlyArray<string>
  /** The grants of a built-in role. */
  readonly grantsOf: (role: string) => ReadonlyArray<RoleGrant>
  /** The records that the permissions of a resource speak of. */
  readonly resource: (name: string) => AnyEntity | undefined
  /** The next number of a sequence, such as `INC-000123`. */
  readonly nextNumber: (prefix: string) => Effect.Effect<string>
}

/** A class, for one is made with each command: what it closes over is then one object and not a dozen. */
class OrganizationReader implements Reader {
  private readonly kernel: KernelShape
  private readonly actor: Actor

  constructor(kernel: KernelShape, actor: Actor) {
    this.kernel = kernel
    this.actor = actor
  }

  private recently<A>(key: string, load: () => Effect.Effect<A>, options?: Recent.Options<A>): Effect.Effect<A> {
    return this.kernel.recent.get(this.actor.organizationId, key, Effect.suspend(load), options)
  }

  get<E extends AnyEntity>(entity: E, id: Id): Effect.Effect<Option.Option<RecordOf<E>>> {
    if (id === null || id === undefined) return Effect.succeedNone
    return Effect.map(
      this.kernel.store.get({ organizationId: this.actor.organizationId }, entity, id),
      Option.filter((record) => (record as AnyRecord).deletedAt === null)
    )
  }

  all<E extends AnyEntity>(
    entity: E,
    where: Condition,
    sort: ReadonlyArray<SortKey> = []
  ): Effect.Effect<ReadonlyArray<RecordOf<E>>> {
    const query = { where: C.all([where, notDeleted]), sort, limit: 1000 }
    const { organizationId } = this.actor
    return Effect.map(this.kernel.store.find({ organizationId }, entity, query), (page) => page.items)
  }

  published<V extends AnyView>(view: V, id: Id): Effect.Effect<Option.Option<FaceOf<V>>> {
    const entity = this.kernel.catalogue.entities.get(view.entity as string)!
    return Effect.map(
      this.get(entity, id),
      Option.map((record) => faceOf(view, record))
    )
  }

  count(entity: AnyEntity, where: Condition): Effect.Effect<number> {
    const { organizationId } = this.actor
    return this.kernel.store.count({ organizationId }, entity, C.all([where, notDeleted]), 10_000)
  }

  setting<E extends AnyEntity>(entity: E): Effect.Effect<RecordOf<E>> {
    return this.recently(`setting ${entity.name}`, () =>
      Effect.flatMap(this.all(entity, C.always), ([record]) =>
        record === undefined ? Effect.die(new Error(`The organization has no ${entity.name}.`)) : Effect.succeed(record)
      )
    )
  }

  person(id: Id): Effect.Effect<Option.Option<Person>> {
    if (typeof id !== "string") return Effect.succeedNone
    const { catalogue } = this.kernel
    const load = () => catalogue.directory.person(this.kernel, this.actor.organizationId, id)
    return this.recently("person", load, { about: id })
  }

  team(id: Id): Effect.Effect<Option.Option<TeamProfile>> {
    if (typeof id !== "string") return Effect.succeedNone
    const { catalogue } = this.kernel
    const load = () => catalogue.directory.team(this.kernel, this.actor.organizationId, id)
    return this.recently("team", load, { about: id })
  }

  get organization(): Effect.Effect<OrganizationProfile> {
    const { catalogue } = this.kernel
    return this.recently("organization", () => catalogue.directory.organization(this.kernel, this.actor.organizationId))
  }

  get permissions(): ReadonlyArray<string> {
    return this.kernel.catalogue.permissions
  }

  grantsOf(role: string): ReadonlyArray<RoleGrant> {
    return this.kernel.catalogue.grantsOf(role)
  }

  resource(name: string): AnyEntity | undefined {
    return [...this.kernel.catalogue.entities.values()].find((entity) => entity.resource === name)
  }

  nextNumber(prefix: string): Effect.Effect<string> {
    return this.kernel.numbers.next(this.actor, prefix)
  }
}

export const make = (kernel: KernelShape, actor: Actor): Reader => new OrganizationReader(kernel, actor)
