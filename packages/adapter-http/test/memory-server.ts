import { MemoryStore } from "@itsm/adapter-memory"
import { Context, Effect, Exit, Layer, Logger, Result, Scope } from "effect"
import { type AccountPolicyShape, Limiter, type Message, type Store, Worker } from "@itsm/core"
import { type Endpoint, type Limits, makeAnswerHeaders, tableOf } from "../src/index.ts"
import { application } from "../server/application.ts"
import { foundPlatform } from "../server/demo/operator.ts"
import { setScene } from "../server/demo/scene.ts"
import { type Domain, domainOn } from "../server/domain.ts"
import { bookLogger, keepSecret, keepSecretsOf } from "./log-book.ts"
import { AccessToken, authEndpoints, SigningKeys } from "../src/auth/index.ts"

export const password = "correct horse battery"
export const issuer = "https://itsm.example"

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>> & { readonly code?: string }
}

export interface MemoryServer {
  readonly services: Context.Context<Domain>
  readonly table: ReadonlyArray<Pick<Endpoint.Endpoint, "id" | "method" | "path" | "access">>
  readonly tokens: AccessToken.AccessTokens
  readonly keys: SigningKeys.SigningKeys
  readonly keyText: string
  /** What was mailed. */
  readonly mails: ReadonlyArray<Message>
  /** Does what waits in the outbox. */
  readonly drain: () => Promise<number>
  readonly run: <A, E>(effect: Effect.Effect<A, E, Domain>) => Promise<A>
  readonly fetch: (request: Request, bindings: object) => Response | Promise<Response>
  readonly request: (path: string, init?: RequestInit) => Response | Promise<Response>
  readonly get: (path: string, headers?: Readonly<Record<string, string>>) => Promise<Answer>
  readonly post: (path: string, body: unknown, headers?: Readonly<Record<string, string>>) => Promise<Answer>
  readonly send: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>
  ) => Promise<Answer>
  /** Signs in, and gives the whole answer. */
  readonly login: (email: string) => Promise<Answer>
  /** Signs in, and gives the headers of a caller. */
  readonly as: (email: string) => Promise<Readonly<Record<string, string>>>
  readonly close: () => Promise<void>
}

interface Options {
  readonly rateLimits?: Partial<Limits>
  readonly corsOrigins?: ReadonlyArray<string>
  readonly isHttps?: boolean
  readonly limiter?: Limiter.LimiterShape
  readonly accounts?: AccountPolicyShape
  readonly store?: Layer.Layer<Store.Store, unknown>
  readonly secretKey?: Uint8Array
}

export const bearer = (token: unknown) => ({ Authorization: `Bearer ${String(token)}` })

/** The application of the server on a store in memory, without limits but those given, with the people of Acme, Globex and the platform, and no incidents. */
export const startMemoryServer = async (options: Options = {}): Promise<MemoryServer> => {
  const scope = Scope.makeUnsafe()
  const keyText = SigningKeys.generate()
  const keys = Result.getOrThrow(SigningKeys.read(keyText))
  keepSecretsOf(JSON.parse(keyText))
  const mails: Array<Message> = []
  const services = await Effect.runPromise(
    Effect.gen(function* () {
      const built = yield* Layer.build(options.store ?? MemoryStore.layer)
      const storage = Context.add(built, Limiter.Limiter, options.limiter ?? Limiter.inMemory())
      const domain = yield* domainOn(storage, 15, {
        secretKey: options.secretKey ?? new Uint8Array(32).fill(9),
        ...(options.accounts === undefined ? {} : { accounts: options.accounts }),
        mail: {
          publicUrl: issuer,
          send: (message) =>
            Effect.sync(() => {
              keepSecret(/#token=(\S+)/.exec(message.text)?.[1] ?? "")
              mails.push(message)
            })
        }
      })
      const people = Effect.gen(function* () {
        yield* setScene({ name: "Acme", slug: "acme", timeZone: "Europe/Berlin" }, password)
        yield* setScene({ name: "Globex", slug: "globex", timeZone: "America/New_York" }, password)
        yield* foundPlatform("superuser@platform.example", password)
      })
      yield* Effect.provideContext(people, domain)
      return domain
    }).pipe(Effect.provide(Logger.layer([bookLogger])), Scope.provide(scope))
  )
  const settings = {
    publicUrl: issuer,
    problemTypeBase: "https://itsm.dev/problems/",
    rateLimits: { user: 0, api_key: 0, organization: 0, anonymous: 0, login: 0, ...options.rateLimits },
    trustedProxies: []
  }
  const tokens = AccessToken.make({ keys, issuer, audience: "itsm" })
  const installation = { signingKeys: keys, cursorKey: new Uint8Array(32) }
  const app = application(services, settings, installation, makeAnswerHeaders(options), [])
  const answerOf = async (given: Response | Promise<Response>): Promise<Answer> => {
    const response = await given
    const text = await response.text()
    const body = text === "" ? {} : (JSON.parse(text) as Answer["body"])
    keepSecretsOf(body)
    return { status: response.status, headers: response.headers, body }
  }
  const send: MemoryServer["send"] = (method, path, body, headers = {}) => {
    keepSecretsOf(body)
    return answerOf(
      app.request(path, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        headers: { ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers }
      })
    )
  }
  const post: MemoryServer["post"] = (path, body, headers) => send("POST", path, body, headers)
  const login = (email: string) => post("/api/v1/auth/login/", { email, password })
  const run: MemoryServer["run"] = (effect) => Effect.runPromise(Effect.provideContext(effect, services))
  return {
    services,
    table: tableOf({ services, endpoints: authEndpoints(tokens), settings: installation }),
    mails,
    keys,
    keyText,
    tokens,
    run,
    drain: () => run(Worker.drain),
    fetch: (request, bindings) => app.fetch(request, bindings),
    request: (path, init) => app.request(path, init),
    get: (path, headers = {}) => answerOf(app.request(path, { headers })),
    post,
    send,
    login,
    as: async (email) => bearer((await login(email)).body["accessToken"]),
    close: () => Effect.runPromise(Scope.close(scope, Exit.void))
  }
}
