import { Problem, Refusal } from "@itsm/adapter-http"
import { Errors } from "@itsm/core"
import { code, origin, page, table } from "./markdown.ts"
import { indexed } from "./modules.ts"
import { type GivenProblem, problems } from "./openapi.ts"

const kindOf = new Map(Object.entries(Problem.statusOf).map(([kind, status]) => [status, kind]))
const mostNamed = 6

const byStatus = <A extends { readonly status: number; readonly code: string }>(all: ReadonlyArray<A>) =>
  all.toSorted((a, b) => a.status - b.status || (a.code < b.code ? -1 : 1))

const cells = ({ status, code: name }: { readonly status: number; readonly code: string }) => [
  code(name),
  kindOf.get(status) ?? "-",
  String(status)
]

/** The errors that the operations of one part of the API can give, and which of them give it. */
const pageOf = (tag: string, given: ReadonlyArray<GivenProblem>): string => {
  const total = new Set(given.map(({ operation }) => operation)).size
  const givenBy = (operations: ReadonlyArray<string>) => {
    const names = [...new Set(operations)].toSorted()
    if (names.length === total) return "every operation"
    return names.length > mostNamed ? `${names.length} of ${total} operations` : names.map(code).join(", ")
  }
  const named = [...Map.groupBy(given, ({ status, code: name }) => `${status} ${name}`).values()].map((group) => ({
    ...group[0]!,
    operations: group.map(({ operation }) => operation)
  }))
  return page(
    `# Error codes: ${tag}`,
    origin,
    "What a kind means stands in [errors.md](../errors.md).",
    table(
      ["Code", "Kind", "Status", "Given by"],
      byStatus(named).map((row) => [...cells(row), givenBy(row.operations)])
    )
  )
}

const kindsOf = Object.entries(Errors as Readonly<Record<string, unknown>>).flatMap(([tag, value]) =>
  typeof value === "function" && "kind" in value ? [{ tag, kind: value.kind as Errors.ErrorKind }] : []
)

/** What the kernel refuses whatever the module, and what is refused before anybody reads what the request means. */
const kernelPage = (): string => {
  const ofKernel = kindsOf.map(({ tag, kind }) => ({ code: Problem.codeOf(tag), status: Problem.statusOf[kind] }))
  const refused = Object.entries(Refusal.refusals).map(([tag, { status }]) => ({ code: Problem.codeOf(tag), status }))
  const head = ["Code", "Kind", "Status"]
  return page(
    "# Error codes: kernel",
    origin,
    "What any operation may be refused with, whatever the module; which ones it is stands with each operation.",
    table(head, byStatus(ofKernel).map(cells)),
    "Before anybody reads what the request means, it is refused with one of these.",
    table(head, byStatus(refused).map(cells))
  )
}

const tags = [...Map.groupBy(problems(), ({ tag }) => tag)]

export const errors = indexed(
  "errors",
  "Error codes",
  "Every error is an `application/problem+json` document (RFC 9457); `code` is its stable key. The kind is what the domain means by it, whatever the code; each kind has one status. Errors without a kind are refused before anybody reads what the request means.",
  Object.fromEntries([
    ["errors/kernel.md", kernelPage],
    ...tags.map(([tag, given]) => [`errors/${tag}.md`, () => pageOf(tag, given)] as const)
  ])
)
