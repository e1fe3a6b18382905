import { Result } from "effect"
import { MalformedJson } from "./refusal.ts"

const maxDepth = 32

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
const malformed = (detail: string) => Result.fail(new MalformedJson({ detail }))

/** One pass over the text: the number of names in it, or -1 where it is nested too deep. The text need not be JSON. */
const countNames = (text: string): number => {
  let depth = 0
  let names = 0
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // a string: go to its closing quote
        for (at++; at < text.length && text.charCodeAt(at) !== 0x22; at++) if (text.charCodeAt(at) === 0x5c) at++
        break
      case 0x3a:
        names++
        break
      case 0x5b:
      case 0x7b:
        if (++depth > maxDepth) return -1
        break
      case 0x5d:
      case 0x7d:
        depth--
        break
    }
  }
  return names
}

const countKeys = (value: unknown): number => {
  if (typeof value !== "object" || value === null) return 0
  let keys = 0
  if (Array.isArray(value)) {
    for (const item of value) keys += countKeys(item)
    return keys
  }
  for (const item of Object.values(value)) keys += 1 + countKeys(item)
  return keys
}

/**
 * Reads a body: UTF-8 without a byte order mark, JSON of at most 32 levels, no name twice in one object. A name that is
 * there twice leaves fewer keys in the value than names in the text.
 */
export const parse = (bytes: Uint8Array): Result.Result<unknown, MalformedJson> => {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    return malformed("The body is not UTF-8.")
  }
  const names = countNames(text)
  if (names < 0) return malformed(`The body is nested deeper than ${maxDepth} levels.`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return malformed("The body is not JSON.")
  }
  return countKeys(value) === names
    ? Result.succeed(value)
    : malformed("An object in the body has the same name twice.")
}

export const missing = malformed("The route needs a body.")
