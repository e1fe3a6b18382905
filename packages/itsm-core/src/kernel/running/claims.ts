import { Data } from "effect"
import { covers, readPermission } from "../access/policy.ts"
import { builtInRoles } from "../access/role.ts"
import { operationName } from "../commands/command.ts"
import type { AnyQuery } from "../commands/query.ts"
import { misfits } from "../commands/published.ts"
import { type AnyEntity, referenceFields } from "../model/entity.ts"
import type { Module } from "./catalogue.ts"
import { eventsOf, viewsOf } from "./registry.ts"

/** The modules do not make a whole: two claim one name, or one speaks of what none of them has. */
export class CatalogueRefused extends Data.TaggedError("CatalogueRefused")<{
  readonly problems: ReadonlyArray<string>
}> {
  override get message() {
    return `These modules cannot work together.\n${this.problems.map((problem) => `- ${problem}`).join("\n")}`
  }
}

/** Something that has a name which nothing else may have. */
export interface Claim {
  readonly name: string
  /** Whose the name is, as an operator reads it. */
  readonly owner: string
  /** The same thing may say its name more than once. */
  readonly thing: unknown
}

const of = ({ name }: Module) => `the module ${name}`

export const entitiesOf = (module: Module): ReadonlyArray<AnyEntity> => [
  ...(module.entities ?? []),
  ...module.services.map((service) => service.entity)
]

const ofEntities =
  (nameOf: (entity: AnyEntity) => string) =>
  (module: Module): ReadonlyArray<Claim> =>
    entitiesOf(module).map((thing) => ({ name: nameOf(thing), owner: `${thing.name} of ${of(module)}`, thing }))

const serviceKey = (name: string) => name[0]!.toLowerCase() + name.slice(1)

const ofServices =
  (nameOf: (service: Module["services"][number]) => string) =>
  (module: Module): ReadonlyArray<Claim> =>
    module.services.map((thing) => ({ name: nameOf(thing), owner: `${thing.serviceName} of ${of(module)}`, thing }))

const commandsOf = (module: Module) =>
  module.services.flatMap((service) => Object.values(service.commands).map((command) => ({ service, command })))

const queriesOf = (module: Module) =>
  module.services.flatMap((service) => Object.values(service.queries ?? {}).map((query) => ({ service, query })))

const questionsOf = (module: Module): ReadonlyArray<AnyQuery> => [
  ...queriesOf(module).map(({ query }) => query),
  ...(module.queries ?? []).flatMap(({ queries }) => Object.values(queries))
]

const questionName = ({ entity, place, name, path = name }: AnyQuery): string =>
  entity === undefined ? path : `${(entity as AnyEntity).resource}.${name} of a ${place}`

/** All permissions that a module asks for, and those that it only names. */
export const permissionsOf = (module: Module): ReadonlyArray<string> => [
  ...module.services.map(({ entity }) => readPermission(entity)),
  ...commandsOf(module).flatMap(({ command }) => (command.kind === "system" ? [] : [command.permission])),
  ...queriesOf(module).flatMap(({ query }) => query.permission ?? []),
  ...(module.permissions ?? [])
]

/** Each kind of name that is there once in a catalogue, and who claims one. */
const kinds: Readonly<Record<string, (module: Module) => ReadonlyArray<Claim>>> = {
  module: (module) => [{ name: module.name, owner: `a module of that name`, thing: module }],
  entity: ofEntities(({ name }) => name),
  plural: ofEntities(({ plural }) => plural),
  resource: ofEntities(({ resource }) => resource),
  table: ofEntities(({ table }) => table),
  path: ofEntities(({ path }) => `/${path}/`),
  service: (module) =>
    [...module.services, ...(module.queries ?? [])].map((thing) => ({
      name: serviceKey(thing.serviceName),
      owner: `${thing.serviceName} of ${of(module)}`,
      thing
    })),
  "service of": ofServices(({ entity }) => entity.name as string),
  operation: (module) =>
    commandsOf(module).map(({ service, command }) => ({
      name: operationName(command),
      owner: `${command.name} of ${service.serviceName} of ${of(module)}`,
      thing: command
    })),
  question: (module) =>
    questionsOf(module).map((thing) => ({ name: questionName(thing), owner: `${thing.name} of ${of(module)}`, thing })),
  // inside a module, several operations may ask for one
  permission: (module) => permissionsOf(module).map((name) => ({ name, owner: of(module), thing: module })),
  event: (module) => eventsOf(module).map((thing) => ({ name: thing.type, owner: of(module), thing })),
  reaction: (module) =>
    [...(module.inside ?? []), ...(module.after ?? [])].map((thing) => ({
      name: thing.name,
      owner: of(module),
      thing
    })),
  "timer kind": (module) => (module.timers ?? []).map((thing) => ({ name: thing.kind, owner: of(module), thing })),
  "kind of job": (module) => (module.jobs ?? []).map((thing) => ({ name: thing.name, owner: of(module), thing })),
  port: (module) =>
    module.directory === undefined ? [] : [{ name: "directory", owner: of(module), thing: module.directory }]
}

/** One sentence for each name that more than one thing claims. */
export const collisions = (kind: string, claims: ReadonlyArray<Claim>): ReadonlyArray<string> =>
  [...Map.groupBy(claims, ({ name }) => name)].flatMap(([name, all]) => {
    const things = new Map(all.map((claim) => [claim.thing, claim.owner]))
    return things.size < 2 ? [] : [`The ${kind} "${name}" is claimed by ${[...things.values()].join(" and by ")}.`]
  })

const unknownTargets = (modules: ReadonlyArray<Module>): ReadonlyArray<string> => {
  const known = new Set(modules.flatMap(entitiesOf).map(({ name }) => name as string))
  const wanted = modules.flatMap((module) => [
    ...entitiesOf(module).flatMap((entity) => [
      ...referenceFields(entity)
        // each record belongs to an organization, whoever keeps those
        .filter(({ name }) => name !== "organizationId")
        .map(({ name, target }) => ({ from: `${entity.name}.${name}`, target, module })),
      { from: `The parent of ${entity.name}`, target: entity.parent?.entity.name as string | undefined, module }
    ]),
    ...commandsOf(module).flatMap(({ service, command }) =>
      command.references.places.flatMap(({ pointer, targets }) =>
        targets.map((target) => ({ from: `${pointer} of ${service.serviceName}.${command.name}`, target, module }))
      )
    )
  ])
  return wanted.flatMap(({ from, target, module }) =>
    target === undefined || known.has(target)
      ? []
      : [`${from} of ${of(module)} refers to "${target}", which no module has.`]
  )
}

const emptyGrants = (modules: ReadonlyArray<Module>): ReadonlyArray<string> => {
  const known = modules.flatMap(permissionsOf)
  return modules.flatMap((module) =>
    builtInRoles.flatMap((role) =>
      (module.grants?.[role] ?? [])
        .filter(({ permission }) => !known.some((each) => covers(permission, each)))
        .map(({ permission }) => `${of(module)} grants "${permission}" to ${role}, which names no permission.`)
    )
  )
}

/** What is reacted to, somebody publishes. */
const unknownEvents = (modules: ReadonlyArray<Module>): ReadonlyArray<string> => {
  const known = new Set(modules.flatMap(eventsOf).map(({ type }) => type))
  return modules.flatMap((module) =>
    [...(module.inside ?? []), ...(module.after ?? [])]
      .filter(({ type }) => !known.has(type))
      .map(({ type }) => `${of(module)} reacts to "${type}", which no module publishes.`)
  )
}

const untrueViews = (modules: ReadonlyArray<Module>): ReadonlyArray<string> => {
  const entities = new Map(modules.flatMap(entitiesOf).map((entity) => [entity.name as string, entity]))
  return modules.flatMap(viewsOf).flatMap((view) => misfits(view, entities.get(view.entity as string)))
}

/** Everything that keeps these modules from one catalogue. */
export const problemsOf = (modules: ReadonlyArray<Module>): ReadonlyArray<string> => [
  ...new Set([
    ...Object.entries(kinds).flatMap(([kind, claimed]) => collisions(kind, modules.flatMap(claimed))),
    ...unknownTargets(modules),
    ...emptyGrants(modules),
    ...unknownEvents(modules),
    ...untrueViews(modules)
  ])
]
