import { Problem, Refusal } from "@itsm/adapter-http"
import { code, origin, page, table } from "./markdown.ts"
import { problems } from "./openapi.ts"

const kindOf = new Map(Object.entries(Problem.statusOf).map(([kind, status]) => [status, kind]))
const mostNamed = 6

/** Every error code of the API, with what it means for the caller and which operations give it. */
export const errors = (): string => {
  const all = problems()
  const total = new Set(all.map(({ operation }) => operation)).size
  const givenBy = (operations: ReadonlyArray<string>) => {
    const names = [...new Set(operations)].toSorted()
    if (names.length === 0) return "requests that reach no operation"
    if (names.length === total) return "every operation"
    return names.length > mostNamed ? `${names.length} of ${total} operations` : names.map(code).join(", ")
  }
  const inOperations = new Set(all.map(({ code: name }) => name))
  const elsewhere = Object.entries(Refusal.refusals)
    .map(([tag, { status }]) => ({ status, code: Problem.codeOf(tag), operations: [] }))
    .filter(({ code: name }) => !inOperations.has(name))
  const named = [...Map.groupBy(all, ({ status, code: name }) => `${status} ${name}`)].map(([, group]) => ({
    ...group[0]!,
    operations: group.map(({ operation }) => operation)
  }))
  const rows = [...named, ...elsewhere]
    .toSorted((a, b) => a.status - b.status || (a.code < b.code ? -1 : 1))
    .map(({ status, code: name, operations }) => [
      code(name),
      kindOf.get(status) ?? "-",
      String(status),
      givenBy(operations)
    ])
  return page(
    "# Error codes",
    origin,
    "Every error is an `application/problem+json` document (RFC 9457); `code` is its stable key. The kind is what the domain means by it, whatever the code; each kind has one status. Errors without a kind are refused before anybody reads what the request means.",
    table(["Code", "Kind", "Status", "Given by"], rows)
  )
}
