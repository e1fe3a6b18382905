import { parseArgs } from "node:util"

export interface Options {
  /** How long each round lasts. */
  readonly seconds: number
  /** How often each line is measured on each server; the servers take turns. */
  readonly rounds: number
  readonly connections: ReadonlyArray<number>
  /** The names of the lines to measure; `library`, `start` and `sign-in` are lines, too. */
  readonly only: ReadonlyArray<string> | undefined
}

const usage = `pnpm bench [--quick] [--seconds <n>] [--rounds <n>] [--only <line>[,<line>…]]

  --quick     one round of one second with 16 connections
  --seconds   how long a round lasts; 3 where nothing is said
  --rounds    how often each line is measured on each server; 3 where nothing is said
  --only      some of the lines: create, list, page-1000, detail, comment, resolve, search, mix, library, start, sign-in`

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
      only: { type: "string" }
    }
  })
  return {
    seconds: positive("seconds", values.seconds, values.quick ? 1 : 3),
    rounds: positive("rounds", values.rounds, values.quick ? 1 : 3),
    connections: values.quick ? [16] : [1, 16, 64],
    only: values.only?.split(",")
  }
}
