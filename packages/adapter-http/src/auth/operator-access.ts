import { Effect, Option } from "effect"
import { type Actor, Condition, Entity, Id, Kernel, Shell } from "@itsm/core/kernel"
import { Organization } from "@itsm/core/identity"
import type { Call } from "../call.ts"
import { ReasonRequired } from "./authentication-errors.ts"

const maxReason = 500
const utf8 = new TextDecoder("utf-8", { fatal: true })

/** The text of a header: its bytes as UTF-8, where they are that. */
const textOf = (header: string): string => {
  try {
    return utf8.decode(Buffer.from(header, "latin1"))
  } catch {
    return header
  }
}

/** True for the routes that show nothing of what is inside of an organization. */
export const isOutside = (path: string): boolean => /^\/(?:auth|organizations)\//.test(path)

const named = (kernel: Kernel.KernelShape, name: string) =>
  Id.isId(name)
    ? Effect.map(
        kernel.store.get({ organizationId: name as Id.Id<"Organization"> }, Organization, name),
        Option.filter(({ deletedAt }) => deletedAt === null)
      )
    : Effect.map(
        kernel.store.find("everywhere", Organization, {
          where: Condition.all([Condition.eq("slug", name), Entity.notDeleted(Organization)]),
          sort: [],
          limit: 1
        }),
        (page) => Option.fromNullishOr(page.items[0])
      )

/** Everything can be read, nothing written. */
const reading = (kernel: Kernel.KernelShape): ReadonlyArray<Actor.Grant> =>
  kernel.catalogue.permissions
    .filter((permission) => permission.endsWith(".read"))
    .map((permission) => ({ permission, effect: "allow", scope: "organization", source: "superuser" }))

/**
 * What the platform operator may do with a call: sign in and administer organizations as they are, and read one
 * organization's content for a stated reason, which is on record in that organization and in their own.
 */
export const enter = Effect.fnUntraced(function* (call: Call, operator: Actor.Actor) {
  if (isOutside(call.path.slice(call.base.length))) return operator
  const { headers } = call.request
  const name = headers.get("x-organization")?.trim() ?? ""
  const reason = textOf(headers.get("x-access-reason") ?? "").trim()
  if (name === "" || reason === "") {
    return yield* new ReasonRequired({
      message: "An operator reads an organization's content only with X-Organization and X-Access-Reason."
    })
  }
  if ([...reason].length > maxReason)
    return yield* new ReasonRequired({ message: `X-Access-Reason has at most ${maxReason} characters.` })
  const kernel = yield* Kernel.Kernel
  const found = yield* named(kernel, name)
  if (Option.isNone(found))
    return yield* new ReasonRequired({ message: "X-Organization is neither the id nor the slug of an organization." })
  const organization = found.value
  const visitor: Actor.Actor = {
    ...operator,
    organizationId: organization.id,
    isSuperuser: false,
    roles: [],
    grants: reading(kernel),
    teamIds: [],
    departmentIds: [],
    departmentTeamIds: []
  }
  const facts = {
    action: "organization.access",
    entity: Organization,
    id: organization.id,
    number: null,
    departmentId: null,
    outcome: "allow",
    reason,
    changes: []
  } as const
  yield* Shell.audit(kernel, operator, call.origin, facts)
  yield* Shell.audit(kernel, visitor, call.origin, facts)
  return visitor
})
