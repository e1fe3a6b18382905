// A process of its own: asks a server as fast as it answers, for a while, on some connections at once.
import { Connection, requestText } from "./connection.ts"
import { type LineName, lines } from "./lines.ts"
import { randomFrom } from "./random.ts"
import { isOpen, shuffled, type World } from "./world.ts"

export interface Job {
  readonly port: number
  readonly line: LineName
  readonly connections: number
  readonly milliseconds: number
  readonly seed: number
  readonly world: World
  /** One for each tenant. */
  readonly tokens: ReadonlyArray<string>
  readonly deepCursor: string
  /** Of the shuffled incidents, those that come later have not been resolved. */
  readonly resolvedUpTo: number
}

export interface Result {
  readonly requests: number
  readonly elapsedMs: number
  /** How long each request took, in milliseconds, in order. */
  readonly latencies: ReadonlyArray<number>
  readonly resolvedUpTo: number
  /** What the servers answered beside success; the first of them. */
  readonly failure: string | undefined
}

/** The next incident that was open in the beginning. */
const openFrom = (position: number) => {
  let at = position
  do at++
  while (!isOpen(shuffled(at)))
  return at
}

const run = async (job: Job): Promise<Result> => {
  const random = randomFrom(job.seed)
  let resolvedUpTo = job.resolvedUpTo
  let written = random(job.world.incidents)
  const surroundings = {
    world: job.world,
    random,
    nextOpen: () => shuffled((resolvedUpTo = openFrom(resolvedUpTo))),
    nextFree: () => shuffled((written = openFrom(written))),
    deepCursor: job.deepCursor
  }
  const line = lines[job.line]
  const latencies: Array<number> = []
  let failure: string | undefined
  const started = performance.now()
  const until = started + job.milliseconds
  const one = async () => {
    const connection = new Connection(job.port)
    for (let at = performance.now(); at < until && resolvedUpTo < job.world.incidents - 100; at = performance.now()) {
      const { method, path, tenant, body } = line(surroundings)
      const text = requestText(job.port, job.tokens[tenant]!, method, path, body)
      const sentAt = performance.now()
      const { status } = await connection.ask(text)
      latencies.push(performance.now() - sentAt)
      if (status >= 300) failure ??= `${method} ${path}: ${status}`
    }
    connection.close()
  }
  await Promise.all(Array.from({ length: job.connections }, one))
  return {
    requests: latencies.length,
    elapsedMs: performance.now() - started,
    latencies: latencies.toSorted((a, b) => a - b),
    resolvedUpTo,
    failure
  }
}

process.on("message", (job: Job) => {
  run(job).then(
    (result) => process.send!(result),
    (error: unknown) => process.send!({ failure: String(error) })
  )
})
