import { parseArgs } from "node:util"

export interface Options {
  /** How long each round lasts. */
  readonly seconds: number
  /** How often each line is measured on each server; the servers take turns. */
  readonly rounds: number
  readonly connections: ReadonlyArray<number>
  /** The names of the lines to measure; `library`, `start`, `deliveries` and `sign-in` are lines, too. */
  readonly only: ReadonlyArray<string> | undefined
  /** What stands beside the server: a thin one, or itself without row-level security. */
  readonly beside: "thin" | "open"
}

const usage = `pnpm bench [--quick] [--seconds <n>] [--rounds <n>] [--only <line>[,<line>…]] [--beside thin|open]

  --quick     one round of one second with 16 connections
  --seconds   how long a round lasts; 3 where nothing is said
  --rounds    how often each line is measured on each server; 3 where nothing is said
  --only      some of the lines: create, list, page-1000, detail, comment, resolve, search, mix, library, start,
              deliveries, sign-in
  --beside    thin: a server written by hand for these requests; open: the server itself, without row-level security`

const positive = (name: string, given: string | undefined, otherwise: number): number => {
  if (given === undefined) return otherwise
  const number = Number(given)
  if (!(number > 0)) throw new Error(`--${name} must be a number greater than 0.\n\n${usage}`)
  return number
}

export const readOptions = (args: ReadonlyArray<string>): Options => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      seconds: { type: "string" },
      rounds: { type: "string" },
      only: { type: "string" },
      beside: { type: "string", default: "thin" }
    }
  })
  if (values.beside !== "thin" && values.beside !== "open") throw new Error(`--beside is thin or open.\n\n${usage}`)
  return {
    seconds: positive("seconds", values.seconds, values.quick ? 1 : 3),
    rounds: positive("rounds", values.rounds, values.quick ? 1 : 3),
    connections: values.quick ? [16] : [1, 16, 64],
    only: values.only?.split(","),
    beside: values.beside
  }
}
