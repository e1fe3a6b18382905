import { Effect, type Layer } from "effect"
import * as Actions from "../access/actions.ts"
import type { CurrentActor } from "../access/actor.ts"
import * as Command from "../commands/command.ts"
import type { AnyCommand } from "../commands/command.ts"
import * as Ladder from "../access/ladder.ts"
import type { EventDefinition } from "../commands/event.ts"
import type { AnyView } from "../commands/published.ts"
import type { Condition } from "../model/condition.ts"
import type { Directory } from "../access/directory.ts"
import type { AnyEntity } from "../model/entity.ts"
import type { JobDefinition } from "../commands/job.ts"
import type { Instant } from "../model/instant.ts"
import type { Kernel } from "./kernel.ts"
import type { AfterReaction, InsideReaction } from "../commands/reaction.ts"
import { CatalogueRefused, entitiesOf, permissionsOf, problemsOf } from "./claims.ts"
import { type BuiltInRole, builtInRoles, type RoleGrant, type RoleGrants } from "../access/role.ts"
import type { AnyQuery } from "../commands/query.ts"
import type { AnyQueryService } from "../commands/query-service.ts"
import type { AnyService } from "../commands/service.ts"
import type { TimerHandler } from "../commands/timer.ts"
import { registryOf } from "./registry.ts"

/** Which records of an entity have served their time. */
export interface Expiry {
  readonly entity: AnyEntity
  readonly when: (now: Instant) => Condition
}

/** A folder of the domain: its records, its operations, and how it answers to events and deadlines. */
export interface Module {
  readonly name: string
  /** Entities without operations of their own. */
  readonly entities?: ReadonlyArray<AnyEntity>
  readonly services: ReadonlyArray<AnyService>
  /** Questions about nothing in particular. */
  readonly queries?: ReadonlyArray<AnyQueryService>
  readonly inside?: ReadonlyArray<InsideReaction>
  readonly after?: ReadonlyArray<AfterReaction<Kernel | CurrentActor>>
  readonly timers?: ReadonlyArray<TimerHandler>
  /** What it does beside the requests that ask for it. */
  readonly jobs?: ReadonlyArray<JobDefinition>
  /** Records that serve nothing any more after a time: the worker removes them for good. */
  readonly expiries?: ReadonlyArray<Expiry>
  /** The module's share of the matrix of built-in roles: what each adds to the one below it. */
  readonly grants?: RoleGrants
  /** Who is who: one module of a catalogue answers. */
  readonly directory?: Directory
  /** Services that are not made of commands. */
  readonly layers?: ReadonlyArray<Layer.Layer<any, never, Kernel>>
  /** What other modules may know of this one: its `published.ts`, with the views and events that it holds. */
  readonly published?: Readonly<Record<string, unknown>>
  /** Permissions that no command carries in its name. */
  readonly permissions?: ReadonlyArray<string>
}

/** All modules, indexed by what the kernel asks for. */
export interface Catalogue {
  readonly modules: ReadonlyArray<Module>
  readonly services: ReadonlyArray<AnyService>
  readonly entities: ReadonlyMap<string, AnyEntity>
  readonly commands: ReadonlyArray<AnyCommand>
  /** Services of questions about nothing in particular. */
  readonly queryServices: ReadonlyArray<AnyQueryService>
  /** All questions, of kinds of records and of nothing in particular. */
  readonly queries: ReadonlyArray<AnyQuery>
  readonly permissions: ReadonlyArray<string>
  /** The grants of a built-in role; none for another key. */
  readonly grantsOf: (role: string) => ReadonlyArray<RoleGrant>
  /** The command with the name `incident.resolve`. */
  readonly command: (name: string) => AnyCommand | undefined
  /** Every event that there is, by its type. */
  readonly events: ReadonlyMap<string, EventDefinition>
  readonly views: ReadonlyArray<AnyView>
  /** By the name of the entity, for those that have a lifecycle. */
  readonly actions: ReadonlyMap<string, Actions.Actions>
  readonly inside: (type: string) => ReadonlyArray<InsideReaction>
  readonly after: (type: string) => ReadonlyArray<AfterReaction<Kernel | CurrentActor>>
  /** The reaction that deliveries name. */
  readonly reaction: (name: string) => AfterReaction<Kernel | CurrentActor> | undefined
  readonly directory: Directory
  readonly timer: (kind: string) => TimerHandler | undefined
  /** The kind of job that jobs name. */
  readonly job: (name: string) => JobDefinition | undefined
  readonly expiries: ReadonlyArray<Expiry>
}

const groupByType = <A extends { readonly type: string }>(list: ReadonlyArray<A>) => {
  const groups = Map.groupBy(list, (item) => item.type)
  return (type: string): ReadonlyArray<A> => groups.get(type) ?? []
}

const nobody: Directory = {
  person: () => Effect.succeedNone,
  team: () => Effect.succeedNone,
  organization: () => Effect.succeed({ timeZone: "UTC" })
}

/**
 * The modules as a whole, beside the records of the kernel itself. Throws a `CatalogueRefused` with everything that is
 * wrong: two that claim one name, references and grants that lead nowhere.
 */
export const make = (modules: ReadonlyArray<Module>, shared: ReadonlyArray<AnyEntity>): Catalogue => {
  const whole = [{ name: "kernel", entities: shared, services: [] }, ...modules]
  const problems = problemsOf(whole)
  if (problems.length > 0) throw new CatalogueRefused({ problems })
  const services = modules.flatMap((module) => module.services)
  const commands = services.flatMap((service) => Object.values(service.commands))
  const queryServices = modules.flatMap((module) => module.queries ?? [])
  const queries = [...services, ...queryServices].flatMap((service) => Object.values(service.queries ?? {}))
  const grants = Ladder.climb(
    Object.fromEntries(builtInRoles.map((role) => [role, modules.flatMap((module) => module.grants?.[role] ?? [])]))
  )
  const operations = new Map(commands.map((command) => [Command.operationName(command), command]))
  const timers = new Map(modules.flatMap((module) => (module.timers ?? []).map((timer) => [timer.kind, timer])))
  const after = modules.flatMap((module) => module.after ?? [])
  const reactions = new Map(after.map((reaction) => [reaction.name, reaction]))
  const jobs = new Map(modules.flatMap((module) => (module.jobs ?? []).map((job) => [job.name, job])))
  const entities = new Map(whole.flatMap(entitiesOf).map((entity) => [entity.name as string, entity]))
  return {
    modules,
    services,
    commands,
    queryServices,
    queries,
    entities,
    command: (name) => operations.get(name),
    ...registryOf(modules),
    permissions: [...new Set(modules.flatMap(permissionsOf))].toSorted(),
    grantsOf: (role) => (Object.hasOwn(grants, role) ? grants[role as BuiltInRole] : []),
    actions: new Map(
      services.flatMap(({ entity, commands: named }) => {
        const actions = Actions.of(entity, Object.values(named))
        return actions === undefined ? [] : [[entity.name as string, actions] as const]
      })
    ),
    inside: groupByType(modules.flatMap((module) => module.inside ?? [])),
    after: groupByType(after),
    reaction: (name) => reactions.get(name),
    directory: modules.find((module) => module.directory !== undefined)?.directory ?? nobody,
    timer: (kind) => timers.get(kind),
    job: (name) => jobs.get(name),
    expiries: modules.flatMap((module) => module.expiries ?? [])
  }
}
