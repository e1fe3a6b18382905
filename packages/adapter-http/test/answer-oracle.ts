import { Ajv2020 } from "ajv/dist/2020.js"
import type { Json } from "./fuzz-values.ts"
import type { Answer } from "./instance.ts"

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

const always = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'"
}

/** What is wrong with the headers that every answer has, and with those that go with its status. */
export const headerFaults = (
  { status, headers, body, text }: Answer,
  sentId: string | undefined
): ReadonlyArray<string> => {
  const faults: Array<string> = []
  const need = (holds: boolean, fault: string) => void (holds || faults.push(fault))
  for (const [name, value] of Object.entries(always))
    need(headers.get(name) === value, `${name} is ${headers.get(name)}`)
  const given = headers.get("x-request-id") ?? ""
  need(
    sentId === undefined || !/^[A-Za-z0-9._-]{8,64}$/.test(sentId) ? uuid.test(given) : given === sentId,
    `X-Request-Id is ${given}`
  )
  const type = headers.get("content-type")
  if (status === 204 || status === 304) need(text === "" && type === null, `${status} has a body`)
  else
    need(
      type === (status < 400 ? "application/json; charset=utf-8" : "application/problem+json"),
      `Content-Type is ${type}`
    )
  if (status === 401) need(headers.get("www-authenticate") === "Bearer", "no WWW-Authenticate")
  if (status === 405) need(headers.get("allow") !== null, "no Allow")
  if (status === 429 || status === 503) need(Number(headers.get("retry-after")) >= 1, "no Retry-After")
  if (status >= 400) {
    need(body["status"] === status && body["requestId"] === given, "the problem has another status or request id")
    need(String(body["type"]).endsWith(`/${String(body["code"]).replaceAll("_", "-")}`), "type and code differ")
    need(!/ at .*\.(ts|js):\d|node_modules|PgClient|SqlError/.test(text), "the problem tells of its inside")
  }
  return faults
}

/** Judges answers by the document: whether the status is listed, and whether the body is what it says there. */
export const makeOracle = (document: Json) => {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false })
  ajv
    .addFormat("uuid", uuid)
    .addFormat("date-time", instant)
    .addFormat("uri", /^https?:\/\//)
  ajv.addSchema(document, "document")
  const at = (keys: ReadonlyArray<string>) => {
    let value: Json | undefined = document
    let where: ReadonlyArray<string> = []
    for (const key of keys) {
      const ref = value?.["$ref"] as unknown
      if (typeof ref === "string") {
        where = ref.slice(2).split("/")
        value = where.reduce<Json | undefined>((from, each) => from?.[each], document)
      }
      where = [...where, key]
      value = value?.[key]
    }
    return {
      value,
      pointer: `document#/${where.map((key) => encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/")}`
    }
  }
  return (path: string, method: string, answer: Answer): ReadonlyArray<string> => {
    const { status, body } = answer
    const all = ["paths", path, method.toLowerCase(), "responses"]
    const listed = at([...all, String(status)]).value !== undefined
    // what can stand in the way of any request is told once
    const responses = [...all, listed || status < 400 ? String(status) : "default"]
    if (at(responses).value === undefined) return [`the status ${status} is not listed (${String(body["code"])})`]
    if (status === 204 || status === 304) return []
    const { value, pointer } = at([
      ...responses,
      "content",
      status < 400 ? "application/json" : "application/problem+json",
      "schema"
    ])
    if (value === undefined) return [`the answer ${status} has no schema`]
    const validate = ajv.getSchema(pointer) ?? ajv.compile({ $id: `${method} ${path} ${status}`, $ref: pointer })
    if (validate(body) === true) return []
    return [`${status} ${String(body["code"])} does not fit: ${ajv.errorsText(validate.errors).slice(0, 600)}`]
  }
}
