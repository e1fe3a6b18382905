import { Context } from "effect"
import { Hono } from "hono"
import { Claims, Kernel } from "@itsm/core/kernel"
import { type AnswerHeaders, makeAnswerHeaders } from "./answer-headers.ts"
import type { Bindings } from "./call.ts"
import type { Endpoint, Method } from "./endpoint.ts"
import { endpointsOf } from "./endpoints.ts"
import type { Admit, Authenticate } from "./environment.ts"
import type { Exchange } from "./exchange.ts"
import { callerBehind } from "./limits/trusted-proxies.ts"
import * as Metrics from "./metrics.ts"
import type { Page } from "./pages/page.ts"
import { makePipeline } from "./pipeline.ts"
import { defaultTypeBase } from "./problem.ts"
import * as RequestLog from "./request-log.ts"

export interface Settings {
  /** Authenticates the cursors of lists: the same in every process that serves one organization. */
  readonly cursorKey: Uint8Array
  /** Where the routes begin. */
  readonly basePath?: string
  /** The base of the `type` of problems. */
  readonly problemTypeBase?: string
  readonly timeoutMs?: number
  /** The address of the caller, where a proxy stands before the server. */
  readonly addressOf?: (exchange: Exchange) => string | null
  readonly headersFor?: AnswerHeaders
}

export interface AppOptions<R> {
  /** The kernel, and what the endpoints beside the catalogue's need. */
  readonly services: Context.Context<Kernel.Kernel | R>
  readonly authenticate: Authenticate<R>
  readonly admit?: Admit<R>
  /** Endpoints that no entity or command stands behind. */
  readonly endpoints?: ReadonlyArray<Endpoint<R>>
  /** What there is to read outside the base path. */
  readonly pages?: ReadonlyArray<Page<R>>
  readonly metrics?: Metrics.Metrics
  readonly settings: Settings
}

export const defaultBasePath = "/api/v1"
const requestTimeoutMs = 30_000

/** The whole table: what the catalogue gives, and what is written by hand. */
export const tableOf = <R = never>(options: {
  readonly services: Context.Context<Kernel.Kernel>
  readonly endpoints?: ReadonlyArray<Endpoint<R>>
  readonly settings: Pick<Settings, "cursorKey">
}): ReadonlyArray<Endpoint<R>> => {
  const { catalogue } = Context.get(options.services, Kernel.Kernel)
  return [...endpointsOf(catalogue, options.settings.cursorKey), ...(options.endpoints ?? [])]
}

const order: ReadonlyArray<Method> = ["GET", "POST", "PUT", "PATCH", "DELETE"]

const allowedBy = (methods: ReadonlySet<Method>): ReadonlyArray<string> => [
  ...order.flatMap((method) => (methods.has(method) ? (method === "GET" ? ["GET", "HEAD"] : [method]) : [])),
  "OPTIONS"
]

/** Whatever stands for the id of a record, a method and a path belong to one endpoint. */
const claimOf = <R>(endpoint: Endpoint<R>): Claims.Claim => ({
  name: `${endpoint.method} ${endpoint.path.replaceAll(/\{\w+\}/g, "{}")}`,
  owner: `${endpoint.id} of ${endpoint.tag}`,
  thing: endpoint
})

const honoPath = (path: string) => path.replace(/\{(\w+)\}/g, ":$1").replace(/\/$/, "")

/** The paths of a table with their endpoints, in the order in which they are tried: `bulk` comes before `{id}`. */
const byPath = <R>(table: ReadonlyArray<Endpoint<R>>) => {
  const paths = Map.groupBy(table, ({ path }) => path)
  // "{" comes after all letters
  return [...paths].toSorted(([a], [b]) => (a < b ? -1 : 1))
}

/**
 * The application as a Hono app: serve it, or mount it in another one (`host.route("/itsm", app)`). It owns everything
 * below its base path: there an unknown path is 404 and a wrong method 405, both as problems.
 */
export const makeApp = <R = never>(options: AppOptions<R>): Hono<{ Bindings: Bindings }> => {
  const { services, settings } = options
  const basePath = settings.basePath ?? defaultBasePath
  const metrics = options.metrics ?? Metrics.make()
  const log = RequestLog.make(services)
  const pipeline = makePipeline<R>({
    services,
    authenticate: options.authenticate,
    admit: options.admit,
    addressOf: settings.addressOf ?? callerBehind([]),
    headersFor: settings.headersFor ?? makeAnswerHeaders({}),
    typeBase: settings.problemTypeBase ?? defaultTypeBase,
    basePath,
    timeoutMs: settings.timeoutMs ?? requestTimeoutMs,
    begun: metrics.begun,
    ended: (account) => {
      metrics.ended(account)
      log(account)
    }
  })
  const app = new Hono<{ Bindings: Bindings }>()
  const table = tableOf(options)
  const problems = Claims.collisions("endpoint", table.map(claimOf))
  if (problems.length > 0) throw new Claims.CatalogueRefused({ problems })
  for (const [path, endpoints] of byPath(table)) {
    const at = basePath + honoPath(path)
    const methods = new Set(endpoints.map(({ method }) => method))
    for (const endpoint of endpoints) app.on(endpoint.method, [at, `${at}/`], pipeline.handle(endpoint))
    app.all(at, pipeline.fallback(allowedBy(methods))).all(`${at}/`, pipeline.fallback(allowedBy(methods)))
  }
  for (const page of options.pages ?? []) {
    const path = page.path.replace(/\/$/, "")
    app.get(path, pipeline.show(page)).get(`${path}/`, pipeline.show(page))
    app
      .all(path, pipeline.fallback(["GET", "HEAD", "OPTIONS"]))
      .all(`${path}/`, pipeline.fallback(["GET", "HEAD", "OPTIONS"]))
  }
  app.all(`${basePath}/*`, pipeline.fallback([]))
  app.notFound(pipeline.fallback([]))
  return app
}
