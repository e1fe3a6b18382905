/** A JSON Schema (draft 2020-12), as far as documents here use it. */
export interface JsonSchema {
  readonly [keyword: string]: unknown
}
