const parametersOf = (parts: ReadonlyArray<string>): ReadonlyArray<readonly [name: string, value: string]> =>
  parts.map((part) => {
    const [name = "", value = ""] = part.split("=", 2)
    return [
      name.trim().toLowerCase(),
      value
        .trim()
        .replace(/^"(.*)"$/, "$1")
        .toLowerCase()
    ]
  })

/** True for one of the media types, in UTF-8. */
export const isOneOf = (contentType: string, types: ReadonlyArray<string>): boolean => {
  const [type = "", ...rest] = contentType.split(";")
  if (!types.includes(type.trim().toLowerCase())) return false
  return parametersOf(rest).every(([name, value]) => name !== "charset" || value === "utf-8" || value === "utf8")
}

const ranges: ReadonlyArray<string> = ["*/*", "application/*", "application/problem+json", "application/json"]

/** False for an `Accept` that excludes JSON: the most specific range that speaks of it decides. */
export const acceptsJson = (accept: string | null): boolean => {
  if (accept === null || accept === "" || accept === "*/*" || accept === "application/json") return true
  let best = -1
  let quality = 0
  for (const item of accept.split(",")) {
    const [range = "", ...rest] = item.split(";")
    const rank = ranges.indexOf(range.trim().toLowerCase())
    if (rank < best || rank < 0) continue
    const given = parametersOf(rest).find(([name]) => name === "q")?.[1] ?? "1"
    const q = /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(given) ? Number(given) : 0
    quality = rank === best ? Math.max(quality, q) : q
    best = rank
  }
  return quality > 0
}
