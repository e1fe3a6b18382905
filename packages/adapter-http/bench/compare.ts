import type { Server, startLoad } from "./children.ts"
import type { Result } from "./load.ts"
import type { LineName } from "./lines.ts"
import type { Options } from "./options.ts"
import type { World } from "./world.ts"

/** One server on one line, all rounds together. */
export interface Figures {
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  /** Milliseconds of the server's processor time for 1,000 requests. */
  readonly cpu: number
}

export interface Row {
  readonly line: LineName
  readonly connections: number
  readonly ours: Figures
  readonly other: Figures
}

/** A server, and what is needed to ask it. */
export interface Contestant {
  readonly server: Server
  readonly tokens: () => Promise<ReadonlyArray<string>>
  readonly deepCursor: string
}

interface Round extends Result {
  readonly cpu: number
}

const sum = (numbers: ReadonlyArray<number>) => numbers.reduce((total, number) => total + number, 0)

const figuresOf = (rounds: ReadonlyArray<Round>): Figures => {
  const latencies = rounds.flatMap((round) => round.latencies).toSorted((a, b) => a - b)
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0
  const requests = sum(rounds.map((round) => round.requests))
  return {
    perSecond: (requests / sum(rounds.map((round) => round.elapsedMs))) * 1000,
    p50: at(0.5),
    p99: at(0.99),
    cpu: sum(rounds.map((round) => round.cpu)) / requests
  }
}

const warmUpMs = 500

/** Measures lines on both servers, which take turns: what disturbs the machine disturbs both. */
export const comparison = (
  world: World,
  load: ReturnType<typeof startLoad>,
  { ours, other }: { readonly ours: Contestant; readonly other: Contestant },
  { seconds, rounds }: Pick<Options, "seconds" | "rounds">
) => {
  let resolvedUpTo = 0
  let seed = 1

  const round = async (
    contestant: Contestant,
    line: LineName,
    connections: number,
    milliseconds: number
  ): Promise<Round> => {
    const { server, deepCursor } = contestant
    const tokens = await contestant.tokens()
    const before = await server.usage()
    const result = await load.run({
      port: server.port,
      line,
      connections,
      milliseconds,
      seed: seed++,
      world,
      tokens,
      deepCursor,
      resolvedUpTo
    })
    const after = await server.usage()
    resolvedUpTo = result.resolvedUpTo
    return { ...result, cpu: after.cpu - before.cpu }
  }

  return async (line: LineName, connections: number): Promise<Row> => {
    for (const contestant of [ours, other]) await round(contestant, line, connections, warmUpMs)
    const results: Record<"ours" | "other", Array<Round>> = { ours: [], other: [] }
    for (let turn = 0; turn < rounds; turn++) {
      results.ours.push(await round(ours, line, connections, seconds * 1000))
      results.other.push(await round(other, line, connections, seconds * 1000))
    }
    return { line, connections, ours: figuresOf(results.ours), other: figuresOf(results.other) }
  }
}
