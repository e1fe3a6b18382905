import { createHash } from "node:crypto"
import { Effect, Result } from "effect"
import {
  Actor,
  type Command,
  type Entity,
  type Errors,
  type Idempotency,
  Instant,
  Kernel,
  Shell,
  Visible
} from "@itsm/core/kernel"
import * as Body from "../body.ts"
import type { Call } from "../call.ts"
import * as Etag from "../etag.ts"
import { flag, read as readQuery } from "../query.ts"
import { IdempotencyInProgress, InvalidIdempotencyKey, MalformedBody } from "../refusal.ts"
import * as Reply from "../reply.ts"
import * as Uploads from "../uploads/index.ts"
import type { Resource, Resources } from "./resource.ts"

/** What an answer needs to know of a kind of record. */
type Shown = Pick<Resource, "entity" | "path" | "show">

/** How a command stands on the wire. */
export interface CommandRoute {
  readonly resource: Shown
  readonly command: Command.AnyCommand
  readonly resources: Resources
  readonly status: number
  readonly bodyRequired: boolean
}

const isDryRunKey = (key: string) => key === "dryRun"
const visibleAscii = /^[\x21-\x7e]{1,255}$/

const subject = (
  { resource, command, resources }: CommandRoute,
  outcome: Shell.Outcome
): { readonly shown: Shown | undefined; readonly seen: Visible.Seen } => {
  const { record, made, whole } = outcome
  return made === undefined
    ? { shown: resource, seen: { record, whole } }
    : {
        shown: resources.get((command.makes as Entity.AnyEntity).name),
        seen: { record: made, whole: { entity: command.entity, record, whole } }
      }
}

const render =
  (route: CommandRoute, call: Call, actor: Actor.Actor, now: string) =>
  (outcome: Shell.Outcome): Idempotency.Answer => {
    if (route.status === 204) return { status: 204, body: "", headers: {} }
    if (route.command.kind === "collection")
      return { status: route.status, body: JSON.stringify(outcome.output), headers: {} }
    const { shown, seen } = subject(route, outcome)
    const { record } = seen
    const location: Readonly<Record<string, string>> =
      (route.status === 201 || route.status === 202) && shown !== undefined
        ? { Location: `${call.base}${shown.path}${record.id}/` }
        : {}
    return {
      status: route.status,
      body: JSON.stringify(shown === undefined ? record : shown.show(actor, seen, now)),
      headers: { ETag: Etag.of(record), ...location }
    }
  }

const toReply = (answer: Idempotency.Answer, replayed: boolean): Reply.Reply => {
  const headers = replayed ? { ...answer.headers, "Idempotency-Replayed": "true" } : answer.headers
  return answer.body === "" ? Reply.empty(answer.status, headers) : Reply.text(answer.status, answer.body, headers)
}

const resourceOf = (route: CommandRoute, actor: Actor.Actor, now: string, outcome: Shell.Outcome): unknown => {
  if (route.command.kind === "collection") return outcome.output
  const { shown, seen } = subject(route, outcome)
  return shown === undefined ? seen.record : shown.show(actor, seen, now)
}

const dryRunReply = (route: CommandRoute, actor: Actor.Actor, now: string, outcome: Shell.Outcome): Reply.Reply => {
  const headers = { "Dry-Run": "true" }
  if (route.status === 204) return Reply.empty(204, headers)
  return Reply.json(
    route.status,
    {
      resource: resourceOf(route, actor, now, outcome),
      events: outcome.events.map(({ type, data }) => ({ type, data }))
    },
    headers
  )
}

/** The version that `If-Match` asks for; of several, the present one where it is among them. */
const expectedVersion = (
  ifMatch: Etag.IfMatch,
  load: Effect.Effect<Entity.AnyRecord, Errors.NotFound>
): Effect.Effect<number | undefined> => {
  if (typeof ifMatch === "string") return Effect.succeed(undefined)
  const first = ifMatch[0] ?? 0
  if (ifMatch.length <= 1) return Effect.succeed(first)
  return Effect.match(load, {
    onFailure: () => first,
    onSuccess: ({ version }) => (ifMatch.includes(version) ? version : first)
  })
}

/** What is known of a body before it is read; of one that is read as it comes, its type and length alone. */
const bodyOf = ({ body, upload, request }: Call): Uint8Array | string =>
  body ??
  (upload === undefined
    ? ""
    : `${request.headers.get("content-type")?.split(";")[0]} ${request.headers.get("content-length")}`)

const isOfUnknownLength = ({ upload, request }: Call) =>
  upload !== undefined && request.headers.get("content-length") === null

const keyOf = (call: Call, key: string): Pick<Idempotency.IdempotencyRequest<unknown>, "key" | "fingerprint"> => ({
  key: `${call.method} ${call.path} ${key}`,
  fingerprint: createHash("sha256").update(bodyOf(call)).update("\n").update(call.search).digest("hex")
})

const running = new WeakMap<Kernel.KernelShape, Set<string>>()

/** Lets one request with a key run at a time; a second one meanwhile is told so. */
const alone = <A, E, R>(
  kernel: Kernel.KernelShape,
  key: string,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | IdempotencyInProgress, R> =>
  Effect.suspend((): Effect.Effect<A, E | IdempotencyInProgress, R> => {
    let keys = running.get(kernel)
    if (keys === undefined) running.set(kernel, (keys = new Set()))
    const held = keys
    if (held.has(key)) return Effect.fail(new IdempotencyInProgress({}))
    held.add(key)
    return Effect.ensuring(
      effect,
      Effect.sync(() => held.delete(key))
    )
  })

/** Runs a command for a call. The kernel settles permission, visibility, replay and precondition before the body is read. */
export const run = (route: CommandRoute) => {
  const { command, resource } = route
  const needsVersion =
    resource.entity.role === "configuration" && (command.kind === "update" || command.kind === "remove")
  return Effect.fnUntraced(function* (call: Call) {
    const kernel = yield* Kernel.Kernel
    const actor = yield* Actor.CurrentActor
    const now = yield* Instant.now
    const id = call.params["id"]
    const dryRun = Result.flatMap(readQuery(call.search, isDryRunKey), (query) => flag(query, "dryRun"))
    const isDryRun = Result.isSuccess(dryRun) && dryRun.success
    const keyHeader = call.method === "POST" && !isDryRun ? call.request.headers.get("idempotency-key") : null
    const keyIsValid = keyHeader === null || visibleAscii.test(keyHeader)
    const readable: Result.Result<unknown, Errors.DomainError> = !keyIsValid
      ? Result.fail(new InvalidIdempotencyKey({}))
      : keyHeader !== null && isOfUnknownLength(call)
        ? Result.fail(
            new MalformedBody({ detail: "With an Idempotency-Key, the length of this body has to be announced." })
          )
        : dryRun
    const { upload } = command
    const body: Effect.Effect<unknown, Errors.DomainError> =
      upload === undefined ? Body.read(call, route.bodyRequired) : Uploads.read(call, upload)
    const input = Effect.andThen(Effect.fromResult(readable), body)
    const ifMatch =
      command.kind === "create" || command.kind === "collection"
        ? "absent"
        : Etag.readIfMatch(call.request.headers.get("if-match"))
    const load =
      id === undefined
        ? Visible.only(kernel, actor, resource.entity)
        : Visible.seen(kernel, actor, resource.entity, id, command.kind === "restore")
    const version = yield* expectedVersion(ifMatch, load)
    const answer = render(route, call, actor, now)
    let rendered: Idempotency.Answer | undefined
    const key = keyHeader !== null && keyIsValid ? keyOf(call, keyHeader) : undefined
    const execution = Shell.execute(
      command as Command.Command<Entity.AnyEntity, unknown, Errors.DomainError, Entity.AnyEntity>,
      {
        ...(id === undefined ? {} : { id }),
        input,
        expectedVersion: version,
        preconditionRequired: needsVersion && ifMatch === "absent",
        dryRun: isDryRun,
        idempotency: key === undefined ? undefined : { ...key, render: (outcome) => (rendered = answer(outcome)) }
      }
    )
    const result = yield* key === undefined
      ? execution
      : alone(kernel, `${actor.organizationId} ${actor.id} ${key.key}`, execution)
    if (!("record" in result)) return toReply(result, true)
    return isDryRun ? dryRunReply(route, actor, now, result) : toReply(rendered ?? answer(result), false)
  })
}
