import { catalogue, type Catalogue, type Lifecycle } from "@itsm/core"
import { code, origin, page, table } from "./markdown.ts"
import { entitiesOf, indexed } from "./modules.ts"

type Row = Lifecycle.Lifecycle["transitions"][number]

const targets = ({ to }: Row, from: string): ReadonlyArray<string> =>
  to === "same" ? [from] : typeof to === "string" ? [to] : to

/** One arrow for each pair of states, with all actions that lead along it; actions that stay have none. */
const diagram = ({ initial, final, transitions }: Lifecycle.Lifecycle): string => {
  const steps = transitions.flatMap((row) =>
    row.from.flatMap((from) =>
      targets(row, from).map((to) => ({
        from,
        to,
        label: row.guard === undefined ? row.action : `${row.action} [${row.guard}]`
      }))
    )
  )
  const arrows = Map.groupBy(
    steps.filter(({ from, to }) => from !== to),
    ({ from, to }) => `${from} --> ${to}`
  )
  const lines = [
    `[*] --> ${initial}`,
    ...[...arrows].map(([arrow, along]) => `${arrow}: ${along.map(({ label }) => label).join(", ")}`),
    ...final.map((state) => `${state} --> [*]`)
  ]
  return ["```mermaid", "stateDiagram-v2", ...lines.map((line) => `  ${line}`), "```"].join("\n")
}

const rows = ({ transitions }: Lifecycle.Lifecycle) =>
  transitions.map((row) => [
    code(row.action),
    row.from.map(code).join(", "),
    row.to === "same" ? "stays" : targets(row, "").map(code).join(" or "),
    row.guard === undefined ? "" : code(row.guard)
  ])

/** The life of each kind of record of a module that has one, as a diagram and as its table. */
const pageOf = (module: Catalogue.Module): string => {
  const sections = entitiesOf(module).flatMap((entity) =>
    entity.lifecycle === undefined
      ? []
      : [
          `## ${entity.name}`,
          diagram(entity.lifecycle),
          table(["Action", "From", "To", "Guard"], rows(entity.lifecycle))
        ]
  )
  return page(
    `# Lifecycles: ${module.name}`,
    origin,
    "What guards and arrows mean stands in [lifecycles.md](../lifecycles.md).",
    ...sections
  )
}

export const lifecycles = indexed(
  "lifecycles",
  "Lifecycles",
  "A guard is a condition that must hold as well; the answer to an action that it stands against names it. Actions that leave the state as it is have no arrow.",
  Object.fromEntries(
    catalogue.modules
      .filter((module) => entitiesOf(module).some(({ lifecycle }) => lifecycle !== undefined))
      .map((module) => [`lifecycles/${module.name}.md`, () => pageOf(module)])
  )
)
