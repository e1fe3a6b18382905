import type { Scope } from "./actor.ts"
import type { Condition } from "../model/condition.ts"

/** The roles that every organization has from its first moment, each with all that the one before it may do. */
export const builtInRoles = ["end_user", "agent", "manager", "admin"] as const
export type BuiltInRole = (typeof builtInRoles)[number]

/** A line of the matrix: a permission, how far it reaches, and the records that it is limited to. */
export interface RoleGrant {
  readonly permission: string
  readonly scope: Scope
  readonly condition?: Condition
  /** Of a `read` or `update`: the fields that it opens, where that is not all of them. */
  readonly fields?: ReadonlyArray<string>
}

/** What a module gives to each of the built-in roles beyond the one below it; administrators have everything without it. */
export type RoleGrants = { readonly [Role in BuiltInRole]?: ReadonlyArray<RoleGrant> }

/** The same scope, and limits, for several permissions. */
export const grant = (
  scope: Scope,
  permissions: ReadonlyArray<string>,
  condition?: Condition,
  fields?: ReadonlyArray<string>
): ReadonlyArray<RoleGrant> =>
  permissions.map((permission) => ({
    permission,
    scope,
    ...(condition === undefined ? {} : { condition }),
    ...(fields === undefined ? {} : { fields })
  }))
