const spaced = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(spaced).join(", ")}]`
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  const parts = Object.entries(value).map(([key, part]) => `${JSON.stringify(key)}: ${spaced(part)}`)
  return parts.length === 0 ? "{}" : `{ ${parts.join(", ")} }`
}

const block = (open: string, lines: ReadonlyArray<string>, close: string, margin: string) =>
  `${open}\n${lines.map((line) => `${margin} ${line}`).join(",\n")}\n${margin}${close}`

const printer = (width: number, inline: (value: unknown) => string) => {
  const print = (value: unknown, margin = "", used = 0): string => {
    const line = inline(value)
    if (typeof value !== "object" || value === null || margin.length + used + line.length <= width) return line
    const next = `${margin} `
    if (Array.isArray(value)) {
      const parts = value.map((part) => print(part, next))
      return block("[", parts, "]", margin)
    }
    const lines = Object.entries(value).map(([key, part]) => {
      const name = `${JSON.stringify(key)}: `
      return name + print(part, next, name.length)
    })
    return block("{", lines, "}", margin)
  }
  return (value: unknown): string => print(value)
}

/** JSON for people: what fits on a line stands on one. */
export const print = printer(120, spaced)

/** JSON for programs that people compare the versions of. */
export const printDense = printer(200, (value) => JSON.stringify(value))
