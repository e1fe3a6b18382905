import type { Figures, Row } from "./compare.ts"
import type { DeliveryFigures } from "./deliveries.ts"
import type { LibraryFigures } from "./library.ts"
import { titles } from "./lines.ts"
import type { SignInFigures } from "./sign-in.ts"
import type { StartFigures } from "./start.ts"

const table = (heads: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [
    `| ${heads.join(" | ")} |`,
    `|${heads.map((_, index) => (index === 0 ? "---" : "--:")).join("|")}|`,
    ...rows.map((cells) => `| ${cells.join(" | ")} |`)
  ].join("\n")

const whole = (number: number) => Math.round(number).toLocaleString("en")
const fixed = (digits: number) => (number: number) => number.toFixed(digits)
const pair = (ours: Figures, other: Figures, pick: (figures: Figures) => string) => `${pick(ours)} / ${pick(other)}`

/** Ours before the other server's in each cell, with the ratio of the requests. */
export const comparisonTable = (rows: ReadonlyArray<Row>): string =>
  table(
    ["line", "connections", "requests/s", "**ratio**", "p50 ms", "p99 ms", "CPU ms for 1,000"],
    rows.map(({ line, connections, ours, other }) => [
      titles[line],
      String(connections),
      pair(ours, other, ({ perSecond }) => whole(perSecond)),
      `**${fixed(2)(ours.perSecond / other.perSecond)}**`,
      pair(ours, other, ({ p50 }) => fixed(2)(p50)),
      pair(ours, other, ({ p99 }) => fixed(1)(p99)),
      pair(ours, other, ({ cpu }) => whole(cpu))
    ])
  )

const megabytes = (bytes: number) => `${whole(bytes / 1024 / 1024)} MB`

export const memoryTable = (
  beside: string,
  rows: ReadonlyArray<readonly [when: string, ours: number, other: number]>
): string =>
  table(
    ["memory (RSS)", "ours", beside],
    rows.map(([when, ours, other]) => [when, megabytes(ours), megabytes(other)])
  )

export const libraryTable = ({ effects, promises }: LibraryFigures): string =>
  table(
    ["the library in memory", "resolve/s"],
    [
      ["as effects", whole(effects)],
      ["as promises", whole(promises)]
    ]
  )

export const startTable = ({ empty, existing }: StartFigures): string =>
  table(
    ["`npm start` until ready", "seconds"],
    [
      ["on an empty folder, with the demo", fixed(1)(empty)],
      ["on an existing folder", fixed(1)(existing)]
    ]
  )

export const deliveryTable = ({ onPostgres, inMemory, late, commits }: DeliveryFigures): string =>
  table(
    ["reactions after the commit", ""],
    [
      ["deliveries a second, two processes on PostgreSQL", whole(onPostgres)],
      ["deliveries a second, one process in memory", whole(inMemory)],
      [
        "timers late while 1,000 reactions of 2 s wait, median and most, ms",
        `${whole(late.median)}, ${whole(late.most)}`
      ],
      [
        "commits a second with three reactions / with none",
        `${whole(commits.withThree)} / ${whole(commits.without)} (${fixed(2)(commits.withThree / commits.without)})`
      ]
    ]
  )

export const signInTable = ({ quiet, amidLogins, loginsPerSecond, forged, oversized }: SignInFigures): string =>
  table(
    ["sign-in", ""],
    [
      ["p95 of reads while nobody signs in, ms", fixed(2)(quiet)],
      ["p95 of reads while 100 sign in at once, ms", `${fixed(2)(amidLogins)} (${fixed(2)(amidLogins / quiet)} times)`],
      ["sign-ins a second beside these reads", whole(loginsPerSecond)],
      ["CPU to refuse a forged token, ms", fixed(2)(forged)],
      ["CPU to refuse a token of more than 8 KiB, ms", fixed(2)(oversized)]
    ]
  )
