import { MemoryStore } from "@itsm/adapter-memory"
import {
  Actor,
  Bearer,
  Catalogue,
  Change,
  Command,
  Condition,
  Content,
  Entity,
  Errors,
  Event,
  Id,
  Idempotency,
  Instant,
  Kernel,
  Query,
  QueryService,
  Service,
  Stamp,
  Text,
  Timer
} from "@itsm/core/kernel"
import { Organization } from "@itsm/core/identity"
import { Effect, Layer, Logger, ManagedRuntime, Option, Result, Schema, Stream } from "effect"
import { bookLogger } from "./log-book.ts"
import { makeApp } from "../src/index.ts"

/** A small kind of record that has each kind of query, and each kind of command of many. */
const Survey = Entity.define("Survey", {
  plural: "surveys",
  fields: {
    title: Entity.open(Text.Text(1, 100)),
    score: Entity.open(Schema.NullOr(Text.Whole(0, 10))),
    link: Entity.secret(Schema.NullOr(Schema.String), null)
  },
  search: ["title"],
  relations: { own: ["createdById"] }
})
type Survey = Entity.RecordOf<typeof Survey>

const everywhere = { sort: [], limit: 1 } as const
const links = Bearer.of(Survey, {
  permissions: ["survey.read", "survey.answer"],
  find: (secret) =>
    Effect.flatMap(Kernel.Kernel, ({ store }) =>
      Effect.map(
        store.find("everywhere", Survey, { where: Condition.eq("link", secret), ...everywhere }),
        ({ items: [found] }) => Option.fromUndefinedOr(found)
      )
    )
})

const create = Command.create(Survey, {
  description: "Makes a survey.",
  input: Survey.create,
  decide: (input) => Result.succeed({ create: { ...input, link: `secret-of-${input.title}` } })
})

const answer = Command.action(Survey, "answer", {
  description: "Whoever has the link answers.",
  access: links,
  input: Schema.Struct({ score: Text.Whole(0, 10) }).annotate({ identifier: "SurveyAnswer" }),
  decide: (survey, { score }) => Result.succeed({ change: { ...survey, score } })
})

const form = Query.of(Survey, "form", {
  description: "What whoever has the link is asked, and how many surveys they see.",
  access: links,
  output: Schema.Struct({ title: Schema.String, seen: Schema.Int }).annotate({ identifier: "SurveyForm" }),
  run: ({ title }, _, read) => Effect.map(read.count(Survey, Condition.always), (seen) => ({ title, seen }))
})

const summary = Query.of(Survey, "summary", {
  description: "A survey in short.",
  input: Schema.Struct({
    times: Schema.optionalKey(Text.Whole(1, 3)),
    mood: Schema.optionalKey(Schema.Literals(["good", "bad"])),
    loud: Schema.optionalKey(Schema.Boolean),
    words: Schema.optionalKey(Schema.Array(Schema.String))
  }).annotate({ identifier: "SummaryInput" }),
  output: Schema.Unknown,
  run: (survey, input) => Effect.succeed({ survey, input })
})

const judge = Query.of(Survey, "judge", {
  description: "What only some may ask.",
  permission: "survey.judge",
  errors: [Errors.GuardFailed],
  output: Schema.Struct({ good: Schema.Boolean }).annotate({ identifier: "Judgement" }),
  run: ({ score }) =>
    score === null
      ? Effect.fail(new Errors.GuardFailed({ guard: "answered", reason: "Nobody has answered." }))
      : Effect.succeed({ good: score > 5 })
})

const above = Query.collection(Survey, "above", {
  description: "How many surveys have a higher score.",
  input: Schema.Struct({ score: Schema.Int }).annotate({ identifier: "AboveInput" }),
  output: Schema.Struct({ count: Schema.Int }).annotate({ identifier: "Above" }),
  run: ({ score }, read) =>
    Effect.map(read.count(Survey, { field: "score", op: "gt", value: score }), (count) => ({ count }))
})

const match = Query.collection(Survey, "match", {
  description: "The titles among these that there are.",
  body: true,
  input: Schema.Struct({ titles: Schema.Array(Schema.String) }).annotate({ identifier: "MatchInput" }),
  output: Schema.Array(Schema.String),
  run: ({ titles }, read) =>
    Effect.map(read.list(Survey, { where: Condition.oneOf("title", titles) }), ({ items }) =>
      items.map(({ title }) => title)
    )
})

/** What became of the streams of the tests: how many pieces were made, and whether the last one was closed. */
export const streamed = { pieces: 0, closed: 0 }

const exported = Query.collection(Survey, "export", {
  description: "All surveys as lines of text.",
  output: Content.stream("text/csv"),
  run: (_, read) =>
    Effect.succeed(Stream.map(read.each(Survey, Condition.always), ({ title, score }) => `${title},${String(score)}\n`))
})

const endless = Query.collection(Survey, "endless", {
  description: "A stream that does not end by itself.",
  output: Content.stream("application/octet-stream"),
  run: () =>
    Effect.succeed(
      Stream.fromEffectRepeat(Effect.sync(() => (streamed.pieces++, new Uint8Array(64 * 1024)))).pipe(
        Stream.ensuring(Effect.sync(() => streamed.closed++))
      )
    )
})

const badge = Query.of(Survey, "badge", {
  description: "A picture of the survey.",
  output: Content.bytes("image/svg+xml"),
  run: ({ title }) => Effect.succeed(new TextEncoder().encode(`<svg><title>${title}</title></svg>`))
})

const imported = Command.collection(Survey, "import", {
  description: "Makes a survey of each line.",
  input: Content.lines(Survey.create, { maxBytes: 3 * 1024 * 1024 }),
  output: Schema.Struct({ made: Schema.Int }).annotate({ identifier: "Imported" }),
  gather: (lines) => Effect.map(Stream.runCollect(Content.valid(lines)), (rows) => ({ rows })),
  decide: (_, { rows }) =>
    Result.succeed({ also: rows.map((row) => Change.insert(Survey, row)), output: { made: rows.length } })
})

const uploaded = Command.collection(Survey, "upload", {
  description: "Makes a survey of each file.",
  input: Content.parts({ maxBytes: 2 * 1024 * 1024 }),
  output: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      fileName: Schema.NullOr(Schema.String),
      mediaType: Schema.String,
      bytes: Schema.Int
    })
  ),
  gather: (parts) =>
    Effect.map(
      Stream.runCollect(
        Stream.mapEffect(parts, ({ content, ...part }) =>
          Effect.map(
            Stream.runFold(
              content,
              () => 0,
              (sum, chunk) => sum + chunk.length
            ),
            (bytes) => ({ ...part, bytes })
          )
        )
      ),
      (files) => ({ files })
    ),
  decide: (_, { files }) =>
    Result.succeed({
      also: files.map(({ name }) => Change.insert(Survey, { title: name, score: null })),
      output: files
    })
})

const reset = Command.collection(Survey, "reset", {
  description: "Takes the scores of these surveys away, later.",
  isLater: true,
  input: Schema.Struct({ ids: Schema.Array(Id.Id("Survey")) }).annotate({ identifier: "ResetInput" }),
  output: Schema.Struct({ taken: Schema.Int }).annotate({ identifier: "Reset" }),
  gather: ({ ids }, read) => Effect.map(read.all(Survey, Condition.oneOf("id", ids)), (surveys) => ({ surveys })),
  decide: (_, { surveys }) =>
    Result.succeed({
      also: surveys.map((survey) => Change.update(Survey, survey, { score: null })),
      output: { taken: surveys.length }
    })
})

const weather = Query.define("serverWeather", {
  description: "What anybody may know.",
  access: "anonymous",
  output: Schema.Struct({ fine: Schema.Boolean, seen: Schema.Int }).annotate({ identifier: "Weather" }),
  run: (_, read) => Effect.map(read.count(Survey, Condition.always), (seen) => ({ fine: true, seen }))
})

export class Surveys extends Service.define("Surveys", Survey, {
  create,
  answer,
  form,
  summary,
  judge,
  above,
  match,
  export: exported,
  endless,
  badge,
  import: imported,
  upload: uploaded,
  reset
}) {}
class Weather extends QueryService.define("Weather", { serverWeather: weather }) {}

const surveys = { name: "surveys", services: [Surveys], queries: [Weather] } as const satisfies Catalogue.Module

export const surveyCatalogue = Catalogue.make(
  [surveys],
  [Event.OutboxEvent, Timer.Timer, Idempotency.IdempotencyRecord]
)

const organizationId = "0192f5e7-7b1a-7cc0-8000-000000000001" as Id.Id<"Organization">
const person = (digit: number, grants: ReadonlyArray<Omit<Actor.Grant, "source" | "effect">>): Actor.Actor => ({
  ...Actor.system(organizationId),
  kind: "user",
  id: `0192f5e7-7b1a-7cc0-8000-00000000010${digit}` as Id.Id<"User">,
  grants: grants.map((grant) => ({ effect: "allow", source: "test", ...grant }))
})

export const people = {
  /** May do everything. */
  admin: person(1, [{ permission: "survey.*", scope: "organization" }]),
  /** Sees all, but no score. */
  clerk: person(2, [{ permission: "survey.read", scope: "organization", fields: ["title"] }]),
  /** Has what is their own. */
  author: person(3, [{ permission: "survey.*", scope: "own" }]),
  stranger: person(4, []),
  /** Sees all, and may reset their own. */
  reviewer: person(5, [
    { permission: "survey.read", scope: "organization" },
    { permission: "survey.reset", scope: "own" }
  ])
} as const
export type Person = keyof typeof people

class Unauthenticated extends Schema.TaggedError<Unauthenticated>()("Unauthenticated", {}) {
  readonly kind = "unauthenticated" satisfies Errors.ErrorKind
}

/** The module behind an application, on a store in memory: the bearer token is the person's name. */
export const startSurveys = async () => {
  const runtime = ManagedRuntime.make(
    Layer.mergeAll(Surveys.layer, Weather.layer, Logger.layer([bookLogger])).pipe(
      Layer.provideMerge(Kernel.Kernel.layer(surveyCatalogue)),
      Layer.provideMerge(MemoryStore.layer)
    )
  )
  const services = await runtime.context()
  const organization = Stamp.stamp(
    Organization,
    { now: Instant.fromEpochMs(0), actor: people.admin },
    organizationId,
    Organization.make({ name: "Acme", slug: "acme" })
  )
  await runtime.runPromise(
    Effect.flatMap(Kernel.Kernel, ({ store }) =>
      store.commit({ organizationId }, [{ kind: "insert", entity: Organization, record: organization }])
    )
  )
  const app = makeApp({
    services,
    authenticate: (call) => {
      const name = call.request.headers.get("authorization")?.slice(7)
      const actor = people[name as Person] as Actor.Actor | undefined
      return actor === undefined ? Effect.fail(new Unauthenticated({})) : Effect.succeed(actor)
    },
    settings: { cursorKey: new Uint8Array(32) }
  })
  const send = (method: string, path: string, as: string | null, init: RequestInit = {}) =>
    app.request(`/api/v1${path}`, {
      method,
      ...init,
      headers: {
        ...(as === null ? {} : { authorization: `Bearer ${as}` }),
        ...(init.headers as Record<string, string>)
      }
    })
  const ask = async (method: string, path: string, as: string | null, body?: unknown) => {
    const answered = await send(
      method,
      path,
      as,
      body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }
    )
    const text = await answered.text()
    return { status: answered.status, body: (text === "" ? {} : JSON.parse(text)) as Record<string, unknown> }
  }
  const make = async (title: string, score: number | null, as: Person = "admin") =>
    (await ask("POST", "/surveys/", as, { title, score })).body as unknown as Survey
  return { app, ask, send, make, runtime, services }
}
