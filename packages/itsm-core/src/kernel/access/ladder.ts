import { type Scope, scopes } from "./actor.ts"
import { covers } from "./policy.ts"
import { type BuiltInRole, builtInRoles, type RoleGrant, type RoleGrants } from "./role.ts"

/** What a scope of the role below becomes one step up: a manager answers for the departments of the teams. */
const widened: Readonly<Record<BuiltInRole, Readonly<Partial<Record<Scope, Scope>>>>> = {
  end_user: {},
  agent: {},
  manager: { team: "department" },
  admin: { team: "organization", department: "organization" }
}

const wide = ({ scope }: RoleGrant) => scopes.indexOf(scope)

/** Whether a line gives all that another one gives, on all of its records and fields. */
export const includes = (line: RoleGrant, other: RoleGrant): boolean =>
  covers(line.permission, other.permission) &&
  wide(line) >= wide(other) &&
  (line.condition === undefined || JSON.stringify(line.condition) === JSON.stringify(other.condition)) &&
  (line.fields === undefined || (other.fields?.every((name) => line.fields!.includes(name)) ?? false))

/** A line of the role below as the role above has it at least. */
export const widen = (role: BuiltInRole, line: RoleGrant): RoleGrant => ({
  ...line,
  scope: widened[role][line.scope] ?? line.scope
})

/**
 * The built-in roles as a ladder: an agent has what an end user has, a manager what an agent has, in the departments
 * where that one has it in teams, an administrator what a manager has. A step says only what it adds.
 */
export const climb = (steps: RoleGrants): Readonly<Record<BuiltInRole, ReadonlyArray<RoleGrant>>> => {
  let below: ReadonlyArray<RoleGrant> = []
  const climbed = builtInRoles.map((role) => {
    const own = steps[role] ?? []
    const kept = below.map((line) => widen(role, line)).filter((line) => !own.some((wider) => includes(wider, line)))
    below = [...kept, ...own]
    return [role, below] as const
  })
  return Object.fromEntries(climbed) as Record<BuiltInRole, ReadonlyArray<RoleGrant>>
}
