import fc from "fast-check"
import { type Json, makeFitting, oddText, oddValue, wordOf } from "./fuzz-values.ts"

/** One request of a fuzz run; `text` stands for the body as it is sent. */
export interface Shot {
  readonly id: string
  readonly query: string
  readonly text: string | Uint8Array<ArrayBuffer> | undefined
  readonly headers: Readonly<Record<string, string>>
}

const one = <A>(...values: readonly [A, ...ReadonlyArray<A>]) => fc.constantFrom(...values)
const encode = encodeURIComponent

/** Percent-encodes what it can: half a surrogate pair becomes its replacement. */
const encodeText = (value: unknown) => encode(String(value).toWellFormed())

const bom = new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x7d])
const notUtf8 = new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])

/** Bodies that are wrong as text, whatever the route. */
const brokenText = fc.oneof(
  one<string | Uint8Array<ArrayBuffer>>(
    "",
    "{",
    "{}garbage",
    "nul",
    '{"a":1,}',
    "{'a':1}",
    '{"a":NaN}',
    '{"a":1e400}',
    '{"title":"a","title":"b"}',
    '{"a":{"b":1,"b":2}}',
    "[".repeat(1000),
    `${"[".repeat(33)}${"]".repeat(33)}`,
    `{"title":"${"x".repeat(1024 * 1024)}"}`,
    '"\\ud800"',
    '{"\\u0000":1}',
    "[]",
    "null",
    "0",
    '"text"',
    bom,
    notUtf8
  ),
  fc.json().map((text) => text.slice(0, -1))
)

const shortJson = (value: unknown) => JSON.stringify(value) ?? "null"

/** Bodies around one that is right: as it is, more of it, one field off, one missing, one too many. */
const bodies = (base: Readonly<Record<string, unknown>>, more: fc.Arbitrary<unknown>, names: ReadonlyArray<string>) => {
  const whole = more.map((fields) => ({ ...(fields as object), ...base }))
  const free = more.map((fields) => ({ ...base, ...(fields as object) }))
  const name =
    names.length === 0
      ? fc.constant("nonsense")
      : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...names) }, oddText)
  const off = fc.tuple(free, name, oddValue).map(([fields, key, value]) => ({ ...fields, [key]: value }))
  const missing = fc
    .tuple(whole, name)
    .map(([fields, key]) => Object.fromEntries(Object.entries(fields).filter(([each]) => each !== key)))
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant(base).map(shortJson) },
    { weight: 4, arbitrary: fc.oneof(whole, free).map(shortJson) },
    { weight: 6, arbitrary: off.map(shortJson) },
    { weight: 2, arbitrary: missing.map(shortJson) },
    { weight: 1, arbitrary: oddValue.map(shortJson) },
    { weight: 2, arbitrary: brokenText }
  )
}

const oddHeaders: Readonly<Record<string, fc.Arbitrary<string>>> = {
  "idempotency-key": fc.oneof(
    fc.string({ minLength: 1, maxLength: 20 }).map(encode),
    one("k-1", "k-1", "", " ", "a b", "x".repeat(256), "ä")
  ),
  "if-match": one("*", '"1"', '"2"', '"0"', 'W/"1"', '"1", "2"', "1", '"999999999999999999"', '""', '"', "'1'"),
  "if-none-match": one("*", '"1"', 'W/"1"', '"2"', "x", '"1","2"'),
  accept: one(
    "*/*",
    "application/json",
    "application/problem+json",
    "text/html",
    "application/json;q=0",
    "image/*, */*;q=0.1",
    ";;;",
    "application/xml"
  ),
  "content-type": one(
    "application/json",
    "application/json; charset=utf-8",
    "application/json; charset=latin1",
    "application/merge-patch+json",
    "text/plain",
    "multipart/form-data",
    "x",
    "application/x-www-form-urlencoded"
  ),
  "content-encoding": one("gzip", "identity", "br"),
  "x-request-id": one("caller-0001", "short", "x".repeat(65), "a b c d e f", "<script>"),
  "x-organization": one("acme", "globex", "nowhere"),
  "x-access-reason": one("incident 4711", "", "x".repeat(600)),
  "x-forwarded-for": one("127.0.0.1", "'; --"),
  "x-http-method-override": one("DELETE", "GET"),
  "x-padding": one("x".repeat(17 * 1024), "x")
}

const headers = fc
  .array(
    fc.constantFrom(...Object.entries(oddHeaders)).chain(([name, value]) => value.map((text) => [name, text] as const)),
    { minLength: 1, maxLength: 2 }
  )
  .map((entries) => Object.fromEntries(entries))

/** Requests for an operation of the document: most of them near what it expects. */
export const shotsAt = (
  document: Json,
  operation: Json,
  base: object | undefined,
  known: ReadonlyArray<string>
): fc.Arbitrary<Shot> => {
  const { resolve, fitting } = makeFitting(document, known)
  const parameters = ((operation["parameters"] ?? []) as unknown as ReadonlyArray<Json>).map(resolve)
  const asked = parameters.filter((parameter) => wordOf(parameter["in"]) === "query")
  const keys = asked.flatMap((parameter) => {
    const name = wordOf(parameter["name"])
    const operators = (parameter["x-filter-operators"] ?? []) as unknown as ReadonlyArray<string>
    const value = fitting(parameter["schema"] ?? {})
    return [name, ...operators.map((operator) => `${name}[${operator}]`)].map((key) => ({ key, value }))
  })
  const good =
    keys.length === 0
      ? fc.constant("")
      : fc.constantFrom(...keys).chain(({ key, value }) => value.map((each) => `${encode(key)}=${encodeText(each)}`))
  const oddKey = fc.oneof(
    one("nonsense", "__proto__", "title[like]", "limit[gt]", "id[", "[]", "%E0%A4", "%00"),
    oddText.map(encodeText)
  )
  const odd = fc
    .tuple(
      keys.length === 0 ? oddKey : fc.oneof(fc.constantFrom(...keys.map(({ key }) => encode(key))), oddKey),
      oddText
    )
    .map(([key, value]) => `${key}=${encodeText(value)}`)
  const queries = fc.oneof(
    { weight: 4, arbitrary: fc.constant("") },
    { weight: 4, arbitrary: fc.array(good, { maxLength: 3 }).map((parts) => parts.join("&")) },
    { weight: 3, arbitrary: fc.tuple(good, odd).map((parts) => parts.join("&")) },
    { weight: 1, arbitrary: good.map((part) => `${part}&${part}`) },
    { weight: 1, arbitrary: one("&&&", "=", "%", "+", "dryRun=true", "dryRun=maybe", `q=${"x".repeat(9000)}`) }
  )
  const content = operation["requestBody"]?.["content"]?.["application/json"]?.["schema"]
  const schema = content === undefined ? undefined : resolve(content)
  const names = [...Object.keys(schema?.["properties"] ?? {}), "id", "version", "state", "__proto__"]
  const body =
    schema === undefined
      ? fc.oneof({ weight: 8, arbitrary: fc.constant(undefined) }, brokenText)
      : fc.oneof({ weight: 20, arbitrary: bodies({ ...base }, fitting(schema), names) }, fc.constant(undefined))
  return fc.record({
    id: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...known) },
      // what a URL resolves before it is sent is another path
      oddText.filter((text) => text !== "." && text !== "..").map(encodeText)
    ),
    query: queries,
    text: wordOf(operation["method"]) === "get" ? fc.constant(undefined) : body,
    headers: fc.oneof({ weight: 5, arbitrary: fc.constant({}) }, headers)
  }) as fc.Arbitrary<Shot>
}
