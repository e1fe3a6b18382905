import { Effect, Option, Schema } from "effect"
import { Actor, ConditionInput, Errors, Explain, Instant, Kernel, Reader, Visible } from "@itsm/core/kernel"
import { User } from "@itsm/core/identity"
import { type Endpoint, handWritten } from "../endpoint.ts"
import { requirePermission } from "../permission.ts"
import { invalid } from "../query.ts"
import { InvalidParameter } from "../refusal.ts"
import { tokenErrors } from "./authentication-errors.ts"

const Scope = Schema.Literals(Actor.scopes)
const Names = Schema.Array(Schema.String)

const MatchedGrant = Schema.Struct({
  permission: Schema.String,
  effect: Schema.Literals(["allow", "deny"]),
  scope: Scope,
  source: Schema.String.annotate({ description: "Where it comes from, such as `role:agent`." }),
  condition: Schema.optionalKey(ConditionInput.ConditionInput),
  fields: Schema.optionalKey(Names),
  endsAt: Schema.optionalKey(Instant.Instant.annotate({ description: "When it ends by itself." }))
}).annotate({ identifier: "MatchedGrant" })

const Explanation = Schema.Struct({
  allow: Schema.Boolean,
  reason: Schema.String,
  permission: Schema.String,
  scope: Schema.NullOr(Scope).annotate({ description: "The widest that the permission is granted with." }),
  matchedGrant: Schema.NullOr(MatchedGrant),
  fields: Schema.optionalKey(Names).annotate({
    description: "The fields that may be read or changed, where that is not all of them."
  }),
  guards: Schema.optionalKey(Schema.Array(Schema.Struct({ guard: Schema.String, reason: Schema.String }))).annotate({
    description: "What stands in the way of this record although the permission is there."
  })
}).annotate({ identifier: "Explanation" })

/** The grant as the answer names it, without the teams and departments that were worked out for it. */
const shown = ({ matchedGrant, ...rest }: Explain.Explanation): typeof Explanation.Type => {
  if (matchedGrant === null) return { ...rest, matchedGrant }
  const { within: _, ...grant } = matchedGrant
  return { ...rest, matchedGrant: grant }
}

const asking = "user_permission.read"
const text = { type: "string", maxLength: 100 }
const uuid = { type: "string", format: "uuid" }

/** Whose permissions are asked for: the caller's, or, by who administers permissions, those of another user. */
const askedFor = Effect.fnUntraced(function* (kernel: Kernel.KernelShape, caller: Actor.Actor, userId?: string) {
  if (userId === undefined || userId === caller.id) return caller
  yield* requirePermission(caller, asking)
  const user = yield* Visible.seen(kernel, caller, User, userId)
  const person = yield* Reader.make(kernel, caller).person(user.id)
  return Option.isNone(person) ? yield* new Errors.NotFound({}) : yield* person.value.actor
})

const required = (name: string, value: string | undefined) =>
  value === undefined || value === "" ? Effect.fail(invalid(name, "required", "is required")) : Effect.succeed(value)

/** `GET /auth/explain/`: why a caller may, or may not, do something. */
export const explainEndpoint: Endpoint = handWritten({
  tag: "auth",
  id: "auth.explain",
  method: "GET",
  path: "/auth/explain/",
  summary: "Whether the caller may do something, and which grant, denial, or guard decides.",
  query: {
    action: { description: "The second half of a permission, such as `resolve`.", schema: text },
    resource: { description: "The first half of a permission, such as `incident`.", schema: text },
    id: { description: "The record that it is about; without one: any record.", schema: uuid },
    userId: { description: `Another user than the caller; needs \`${asking}\`.`, schema: uuid }
  },
  response: Explanation,
  errors: [...tokenErrors, Errors.NotFound, Errors.PermissionDenied, InvalidParameter],
  run: ({ query }) =>
    Effect.gen(function* () {
      const kernel = yield* Kernel.Kernel
      const caller = yield* Actor.CurrentActor
      const actor = yield* askedFor(kernel, caller, query.userId)
      const action = yield* required("action", query.action)
      const resource = yield* required("resource", query.resource)
      const { catalogue } = kernel
      if (!catalogue.services.some(({ entity }) => entity.resource === resource))
        return yield* invalid("resource", "invalid_value", "names no kind of record")
      const subject = Explain.subjectOf(catalogue, resource, action)
      if (subject === undefined)
        return yield* invalid("action", "invalid_value", "names nothing that can be done with it")
      if (query.id === undefined) return shown(Explain.explain(actor, subject, undefined, yield* Instant.now))
      if (subject.command?.kind === "create")
        return yield* invalid("id", "invalid_value", "is not given with what makes a record")
      const isRestored = subject.command?.kind === "restore"
      const seen = yield* Visible.seenWithin(kernel, caller, subject.entity, query.id, isRestored)
      const isVisible =
        actor === caller || (yield* Effect.isSuccess(Visible.seen(kernel, actor, subject.entity, query.id, isRestored)))
      return shown(Explain.explain(actor, subject, { ...seen, isVisible }, yield* Instant.now))
    })
})
