import { Data, Effect, Option, Stream } from "effect"
import type { Actor } from "../access/actor.ts"
import * as C from "../model/condition.ts"
import type { Condition } from "../model/condition.ts"
import type { OrganizationProfile, Person, TeamProfile } from "../access/directory.ts"
import {
  type AnyEntity,
  type AnyRecord,
  type AnySetting,
  isDeleted,
  notDeleted,
  type RecordOf
} from "../model/entity.ts"
import type { InputProblem } from "../model/errors.ts"
import { conditionProblems } from "../access/named.ts"
import { type AnyView, type FaceOf, faceOf } from "../commands/published.ts"
import type { KernelShape } from "../running/kernel.ts"
import type { RoleGrant } from "../access/role.ts"
import type { SortKey } from "../model/order.ts"
import * as Pages from "./pages.ts"
import type * as Recent from "./recent.ts"
import * as Setting from "./setting.ts"

type Id = string | null | undefined

/** What a command may read before it decides: its own organization, deleted records apart. */
export interface Reader {
  readonly get: <E extends AnyEntity>(entity: E, id: Id) => Effect.Effect<Option.Option<RecordOf<E>>>
  /** The records that satisfy the condition, of which there are few: dies with `TooMany` where they are more than 1,000. */
  readonly all: <E extends AnyEntity>(
    entity: E,
    where: Condition,
    sort?: ReadonlyArray<SortKey>
  ) => Effect.Effect<ReadonlyArray<RecordOf<E>>>
  /** A record of another module, as that module publishes it. */
  readonly published: <V extends AnyView>(view: V, id: Id) => Effect.Effect<Option.Option<FaceOf<V>>>
  /** The records that satisfy the condition, however many: read page by page, in the order of their ids. */
  readonly each: <E extends AnyEntity>(entity: E, where: Condition) => Stream.Stream<RecordOf<E>>
  /**
   * All records of a remembered kind, in the order of their ids; at most a second behind. Dies with `TooMany` where they
   * are more than 5,000.
   */
  readonly configured: <E extends AnyEntity>(entity: E) => Effect.Effect<ReadonlyArray<RecordOf<E>>>
  readonly count: (entity: AnyEntity, where: Condition) => Effect.Effect<number>
  /** What the organization has set, or the initial values where it never has; at most a second behind. */
  readonly setting: <E extends AnySetting>(entity: E) => Effect.Effect<RecordOf<E>>
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
  /** What of a condition on the records of an entity the actor cannot ask, or names without seeing it. */
  readonly conditionProblems: (
    entity: AnyEntity,
    condition: Condition,
    pointer: string
  ) => Effect.Effect<ReadonlyArray<InputProblem>>
  /** The next number of a sequence, such as `INC-000123`. */
  readonly nextNumber: (prefix: string) => Effect.Effect<string>
}

const mostRead = 1000
const mostConfigured = 5000

/** More records than are read at once: a defect, for nobody would notice that some are missing. */
export class TooMany extends Data.TaggedError("TooMany")<{ readonly entity: string; readonly cap: number }> {
  override get message() {
    return `There are more than ${this.cap} records of ${this.entity}; they have to be read page by page.`
  }
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
      Option.filter((record) => !isDeleted(record as AnyRecord))
    )
  }

  all<E extends AnyEntity>(
    entity: E,
    where: Condition,
    sort: ReadonlyArray<SortKey> = []
  ): Effect.Effect<ReadonlyArray<RecordOf<E>>> {
    const query = { where: C.all([where, notDeleted(entity)]), sort, limit: mostRead }
    const { organizationId } = this.actor
    return Effect.flatMap(this.kernel.store.find({ organizationId }, entity, query), (page) =>
      page.next === null ? Effect.succeed(page.items) : Effect.die(new TooMany({ entity: entity.name, cap: mostRead }))
    )
  }

  each<E extends AnyEntity>(entity: E, where: Condition): Stream.Stream<RecordOf<E>> {
    const { organizationId } = this.actor
    return Pages.each(this.kernel.store, { organizationId }, entity, C.all([where, notDeleted(entity)]))
  }

  configured<E extends AnyEntity>(entity: E): Effect.Effect<ReadonlyArray<RecordOf<E>>> {
    const { remembered } = entity
    if (remembered === undefined || remembered.about !== undefined || remembered.onlyChanges === true)
      return Effect.die(new Error(`${entity.name} is not remembered as a whole.`))
    return this.recently(`configured ${entity.name}`, () =>
      Effect.flatMap(Stream.runCollect(Stream.take(this.each(entity, C.always), mostConfigured + 1)), (records) =>
        records.length > mostConfigured
          ? Effect.die(new TooMany({ entity: entity.name, cap: mostConfigured }))
          : Effect.succeed(Object.freeze(records))
      )
    )
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
    return this.kernel.store.count({ organizationId }, entity, C.all([where, notDeleted(entity)]), 10_000)
  }

  setting<E extends AnySetting>(entity: E): Effect.Effect<RecordOf<E>> {
    const { organizationId } = this.actor
    return this.recently(`setting ${entity.name}`, () => Setting.read(this.kernel.store, entity, organizationId))
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

  conditionProblems(
    entity: AnyEntity,
    condition: Condition,
    pointer: string
  ): Effect.Effect<ReadonlyArray<InputProblem>> {
    return conditionProblems(this.kernel, this.actor, entity, condition, pointer)
  }

  nextNumber(prefix: string): Effect.Effect<string> {
    return this.kernel.numbers.next(this.actor, prefix)
  }
}

export const make = (kernel: KernelShape, actor: Actor): Reader => new OrganizationReader(kernel, actor)
