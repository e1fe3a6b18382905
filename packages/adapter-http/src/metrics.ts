/** Numbers of one process in the text format that Prometheus reads. */
export interface Metrics {
  readonly begun: () => void
  readonly ended: (request: {
    readonly route: string | null
    readonly method: string
    readonly status: number
    readonly elapsedMs: number
  }) => void
  /** A request was refused by a policy of the limits. */
  readonly limited: (policy: string) => void
  /** The limiter could not be asked. */
  readonly limiterFailed: () => void
  readonly text: (gauges: ReadonlyArray<Gauge>) => string
}

/** A number that somebody else knows. */
export interface Gauge {
  readonly name: string
  readonly help: string
  readonly value: number
  readonly labels?: Readonly<Record<string, string>>
}

const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])

interface Series {
  readonly labels: string
  readonly buckets: Array<number>
  sum: number
  count: number
}

const quote = (value: string) => `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`
const labelled = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${quote(value)}`)
    .join(",")

const histogram = ({ labels, buckets, sum, count }: Series): ReadonlyArray<string> => {
  let below = 0
  return [
    ...bounds.map(
      (bound, index) =>
        `itsm_http_request_duration_seconds_bucket{${labels},le="${bound}"} ${(below += buckets[index]!)}`
    ),
    `itsm_http_request_duration_seconds_bucket{${labels},le="+Inf"} ${count}`,
    `itsm_http_request_duration_seconds_sum{${labels}} ${sum}`,
    `itsm_http_request_duration_seconds_count{${labels}} ${count}`
  ]
}

const gaugeLines = (gauges: ReadonlyArray<Gauge>): ReadonlyArray<string> =>
  [...Map.groupBy(gauges, (gauge) => gauge.name)].flatMap(([name, group]) => [
    `# HELP ${name} ${group[0]!.help}`,
    `# TYPE ${name} gauge`,
    ...group.map(({ labels, value }) =>
      labels === undefined ? `${name} ${value}` : `${name}{${labelled(labels)}} ${value}`
    )
  ])

export const make = (): Metrics => {
  const requests = new Map<string, Series>()
  const limited = new Map<string, number>()
  let limiterFailures = 0
  let inFlight = 0
  return {
    begun: () => void inFlight++,
    ended: ({ route, method, status, elapsedMs }) => {
      inFlight--
      const known = methods.has(method) ? method : "other"
      const key = `${known} ${status} ${route}`
      let series = requests.get(key)
      if (series === undefined) {
        const labels = labelled({ route: route ?? "none", method: known, status: String(status) })
        requests.set(key, (series = { labels, buckets: bounds.map(() => 0), sum: 0, count: 0 }))
      }
      const seconds = elapsedMs / 1000
      const bucket = bounds.findIndex((bound) => seconds <= bound)
      if (bucket >= 0) series.buckets[bucket]!++
      series.sum += seconds
      series.count++
    },
    limited: (policy) => void limited.set(policy, (limited.get(policy) ?? 0) + 1),
    limiterFailed: () => void limiterFailures++,
    text: (gauges) =>
      [
        "# HELP itsm_http_request_duration_seconds How long requests took, by route, method and status.",
        "# TYPE itsm_http_request_duration_seconds histogram",
        ...[...requests.values()].flatMap(histogram),
        "# HELP itsm_http_requests_total Requests answered, by route, method and status.",
        "# TYPE itsm_http_requests_total counter",
        ...[...requests.values()].map(({ labels, count }) => `itsm_http_requests_total{${labels}} ${count}`),
        "# HELP itsm_rate_limited_requests_total Requests refused as too many, by policy.",
        "# TYPE itsm_rate_limited_requests_total counter",
        ...[...limited].map(([policy, count]) => `itsm_rate_limited_requests_total{${labelled({ policy })}} ${count}`),
        "# HELP itsm_rate_limiter_failures_total Requests that could not be counted, because the limiter failed.",
        "# TYPE itsm_rate_limiter_failures_total counter",
        `itsm_rate_limiter_failures_total ${limiterFailures}`,
        ...gaugeLines([
          { name: "itsm_http_requests_in_flight", help: "Requests that have no answer yet.", value: inFlight },
          ...gauges
        ]),
        ""
      ].join("\n")
  }
}
