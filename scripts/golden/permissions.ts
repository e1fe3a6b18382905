import { type Actor, catalogue, type Catalogue, type Condition, Policy, RoleMatrix } from "@itsm/core"
import { code, origin, page, table } from "./markdown.ts"
import { indexed } from "./modules.ts"

const scopes: ReadonlyArray<Actor.Scope> = ["own", "team", "department", "organization"]

/** A condition in words: `state is "new"`. */
const inWords = (condition: Condition.Condition): string => {
  if ("all" in condition) return condition.all.map(inWords).join(" and ")
  if ("any" in condition) return condition.any.map(inWords).join(" or ")
  if ("not" in condition) return `not (${inWords(condition.not)})`
  if ("via" in condition) return `the record in ${code(condition.via)} has ${inWords(condition.where)}`
  if ("search" in condition) return `its text has "${condition.search}"`
  const field = code(condition.field)
  if (condition.op === "isNull") return `${field} is ${condition.value ? "" : "not "}empty`
  if (condition.op === "in")
    return `${field} is one of ${condition.value.map((value) => JSON.stringify(value)).join(", ")}`
  return `${field} ${condition.op === "eq" ? "is" : condition.op} ${JSON.stringify(condition.value)}`
}

/** The grants of a role that speak of a permission, the widest first, without those that another one includes. */
const grantsOf = (role: RoleMatrix.BuiltInRole, permission: string): ReadonlyArray<RoleMatrix.RoleGrant> => {
  const all: ReadonlyArray<RoleMatrix.RoleGrant> = catalogue
    .grantsOf(role)
    .filter((grant) => Policy.covers(grant.permission, permission))
  const width = (grant: RoleMatrix.RoleGrant) => scopes.indexOf(grant.scope)
  const isWhole = (grant: RoleMatrix.RoleGrant) => grant.condition === undefined && grant.fields === undefined
  const widest = Math.max(-1, ...all.filter(isWhole).map(width))
  const isIncluded = (grant: RoleMatrix.RoleGrant) =>
    width(grant) <= widest ||
    all.some(
      (other) =>
        other !== grant &&
        other.condition === undefined &&
        width(other) >= width(grant) &&
        grant.fields?.every((name) => other.fields?.includes(name) === true) === true
    )
  return all
    .filter((grant, at) => (isWhole(grant) ? width(grant) === widest && all.indexOf(grant) === at : !isIncluded(grant)))
    .toSorted((a, b) => width(b) - width(a))
}

const relationsOf = (resource: string): string => {
  if (resource === "platform")
    return "These are the platform operator's; no grant of an organization covers them, `*` included."
  const entity = [...catalogue.entities.values()].find((each) => each.resource === resource)
  if (entity === undefined) return "Scopes: own, one's own; organization, those of everybody in it."
  const { own = [], team, department } = entity.relations
  const isSaid = { own: own.length > 0, team: team !== undefined, department: (department ?? team) !== undefined }
  const untold = scopes.filter((scope) => scope !== "organization" && !isSaid[scope])
  const { parent } = entity
  const lines = [
    ...(own.length === 0 ? [] : [`own by ${own.map(code).join(", ")}`]),
    ...(team === undefined ? [] : [`team by ${code(team)}`]),
    ...(department === undefined ? [] : [`department by ${code(department)}`]),
    ...(parent === undefined || untold.length === 0
      ? []
      : [`${untold.join(" and ")} by what ${code(parent.field)} names`])
  ]
  return lines.length === 0 ? "Only the scope organization reaches these records." : `Scopes: ${lines.join("; ")}.`
}

/** The permissions that the operations of a module ask for, and those that it knows beside them. */
const permissionsOf = ({ services, permissions: own = [] }: Catalogue.Module): ReadonlyArray<string> => {
  const reads = services.map(({ entity }) => `${entity.resource}.read`)
  // what only the system runs nobody is granted
  const commands = services
    .flatMap((service) => Object.values(service.commands))
    .flatMap(({ kind, permission }) => (kind === "system" ? [] : [permission]))
  return [...new Set([...reads, ...commands, ...own])].toSorted()
}

/** Who may do what with the records of a module, as the built-in roles have it. */
const pageOf = (module: Catalogue.Module): string => {
  const notes: Array<string> = []
  const note = (text: string) => {
    if (!notes.includes(text)) notes.push(text)
    return `[^${notes.indexOf(text) + 1}]`
  }
  const cell = (role: RoleMatrix.BuiltInRole, permission: string) =>
    grantsOf(role, permission)
      .map(({ scope, condition, fields }) =>
        [
          scope,
          condition === undefined ? "" : note(`Only where ${inWords(condition)}.`),
          fields === undefined ? "" : note(`Only these fields: ${fields.map(code).join(", ")}.`)
        ].join("")
      )
      .join(", ") || "-"
  const sections = [...Map.groupBy(permissionsOf(module), (permission) => permission.split(".")[0]!)].flatMap(
    ([resource, group]) => [
      `## ${resource}`,
      relationsOf(resource),
      table(
        ["Permission", ...RoleMatrix.builtInRoles],
        group.map((permission) => [code(permission), ...RoleMatrix.builtInRoles.map((role) => cell(role, permission))])
      )
    ]
  )
  return page(
    `# Permissions: ${module.name}`,
    origin,
    "What a cell means stands in [permissions.md](../permissions.md).",
    ...sections,
    ...(notes.length === 0 ? [] : [notes.map((text, index) => `[^${index + 1}]: ${text}`).join("\n")])
  )
}

export const permissions = indexed(
  "permissions",
  "Permissions of the built-in roles",
  "A cell is the scope in which a role has the permission; each scope includes the ones before it: own, team, department, organization. `-` is none. Grants of several roles are united, and a denial given to a user, a team or a role wins over all of them. Where a cell speaks of fields, a record shows its envelope and its state beside them; the rest is absent from answers, and no filter or order knows it.",
  Object.fromEntries(catalogue.modules.map((module) => [`permissions/${module.name}.md`, () => pageOf(module)]))
)
