import { Effect, Option, Schema } from "effect"
import {
  Actor,
  ConditionInput,
  Errors,
  Explain,
  Instant,
  Kernel,
  Policy,
  Query,
  QueryService,
  Reader,
  Text,
  Visible
} from "../../../kernel/index.ts"
import { User } from "../records/user.ts"

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
const half = Text.Text(1, 100)
const uuid = Schema.String.annotate({ format: "uuid" })

const ExplainInput = Schema.Struct({
  action: half.annotate({ description: "The second half of a permission, such as `resolve`." }),
  resource: half.annotate({ description: "The first half of a permission, such as `incident`." }),
  id: Schema.optionalKey(uuid.annotate({ description: "The record that it is about; without one: any record." })),
  userId: Schema.optionalKey(uuid.annotate({ description: `Another user than the caller; needs \`${asking}\`.` }))
}).annotate({ identifier: "ExplainInput" })

/** Whose permissions are asked for: the caller's, or, by who administers permissions, those of another user. */
const askedFor = Effect.fnUntraced(function* (kernel: Kernel.KernelShape, caller: Actor.Actor, userId?: string) {
  if (userId === undefined || userId === caller.id) return caller
  if (!Policy.mayEver(caller, asking))
    return yield* new Errors.PermissionDenied({ permission: asking, reason: `You may not "${asking}".` })
  const user = yield* Visible.seen(kernel, caller, User, userId)
  const person = yield* Reader.make(kernel, caller).person(user.id)
  return Option.isNone(person) ? yield* new Errors.NotFound({}) : yield* person.value.actor
})

const wrong = (field: string, message: string) => Errors.ValidationFailed.at(`/${field}`, "invalid_value", message)

const explain = Query.define("explain", {
  path: "auth/explain",
  description: "Whether the caller may do something, and which grant, denial, or guard decides.",
  input: ExplainInput,
  output: Explanation,
  errors: [Errors.NotFound, Errors.PermissionDenied],
  run: ({ action, resource, id, userId }, _read, { actor: caller, now }) =>
    Effect.gen(function* () {
      const kernel = yield* Kernel.Kernel
      const actor = yield* askedFor(kernel, caller, userId)
      const { catalogue } = kernel
      if (!catalogue.services.some(({ entity }) => entity.resource === resource))
        return yield* wrong("resource", "names no kind of record")
      const subject = Explain.subjectOf(catalogue, resource, action)
      if (subject === undefined) return yield* wrong("action", "names nothing that can be done with it")
      if (id === undefined) return shown(Explain.explain(actor, subject, undefined, now))
      if (subject.command?.kind === "create") return yield* wrong("id", "is not given with what makes a record")
      const isRestored = subject.command?.kind === "restore"
      const seen = yield* Visible.seenWithin(kernel, caller, subject.entity, id, isRestored)
      const isVisible =
        actor === caller || (yield* Effect.isSuccess(Visible.seen(kernel, actor, subject.entity, id, isRestored)))
      return shown(Explain.explain(actor, subject, { ...seen, isVisible }, now))
    })
})

/** Why somebody may, or may not, do something. */
export class Authorization extends QueryService.define("Authorization", { explain }) {}
