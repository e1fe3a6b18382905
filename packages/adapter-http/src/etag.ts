import type { Entity } from "@itsm/core/kernel"

type Versioned = Pick<Entity.AnyRecord, "version">

/** The tag of a record: its version. A setting that was never set is at 0; an entry of a log, which never changes, at 1. */
export const of = ({ version = 1 }: Partial<Versioned>): string => `"${version}"`

const strong = /^"(0|[1-9]\d{0,15})"$/
const list = /^\s*(W\/)?"[\x21\x23-\x7e]*"(\s*,\s*(W\/)?"[\x21\x23-\x7e]*")*\s*$/

/** What `If-Match` asks for: nothing, that the record exists, or one of these versions (none, for tags that cannot match). */
export type IfMatch = "absent" | "any" | ReadonlyArray<number>

export const readIfMatch = (header: string | null): IfMatch => {
  if (header === null) return "absent"
  if (header.trim() === "*") return "any"
  if (!list.test(header)) return []
  return header.split(",").flatMap((tag) => {
    const version = strong.exec(tag.trim())?.[1]
    return version === undefined ? [] : [Number(version)]
  })
}

/** True where the caller already has this version: `If-None-Match` compares weakly. */
export const isKnown = (header: string | null, record: Partial<Versioned>): boolean => {
  if (header === null) return false
  if (header.trim() === "*") return true
  const tag = of(record)
  return header.split(",").some((item) => item.trim().replace(/^W\//, "") === tag)
}
