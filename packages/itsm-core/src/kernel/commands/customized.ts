import { Effect } from "effect"
import type { Additions } from "../model/envelope.ts"
import { CustomField } from "../model/custom-field.ts"
import { customField, customKinds } from "../model/custom-path.ts"
import type { CustomFields, CustomValue } from "../model/custom-values.ts"
import type { AnyEntity, AnyRecord } from "../model/entity.ts"
import { type InputProblem, ValidationFailed } from "../model/errors.ts"
import type { Leaf } from "../model/field.ts"
import { kinds } from "../model/kinds.ts"
import { pointerTo } from "../model/pointer.ts"
import type { KernelShape } from "../running/kernel.ts"
import type { Reader } from "../storage/reader.ts"
import type { Command } from "./command.ts"

type Definitions = ReadonlyMap<string, CustomField>

const none: Definitions = new Map()

/** The fields that the organization has added to a kind of record and not put out of use, by their keys. */
export const definitionsOf = (
  kernel: KernelShape,
  read: Pick<Reader, "configured">,
  entity: AnyEntity
): Effect.Effect<Definitions> =>
  kernel.catalogue.entities.has(CustomField.name)
    ? Effect.map(read.configured(CustomField), (all) => activeOf(all).get(entity.resource) ?? none)
    : Effect.succeed(none)

const known = new WeakMap<ReadonlyArray<CustomField>, ReadonlyMap<string, Definitions>>()

const activeOf = (all: ReadonlyArray<CustomField>): ReadonlyMap<string, Definitions> => {
  const before = known.get(all)
  if (before !== undefined) return before
  const active = new Map<string, Map<string, CustomField>>()
  for (const each of all) {
    if (!each.isActive) continue
    const ofEntity = active.get(each.entityType) ?? new Map<string, CustomField>()
    active.set(each.entityType, ofEntity.set(each.key, each))
  }
  known.set(all, active)
  return active
}

/** The same as they are asked for and sorted by: `custom.cost`. */
export const customFieldsOf = (
  kernel: KernelShape,
  read: Pick<Reader, "configured">,
  entity: AnyEntity
): Effect.Effect<ReadonlyMap<string, Leaf>> =>
  Effect.map(
    definitionsOf(kernel, read, entity),
    (definitions) => new Map([...definitions].map(([key, each]) => [`custom.${key}`, leafOf(each)]))
  )

const leafOf = ({ key, kind, options }: CustomField): Leaf =>
  customField(key, customKinds[kind], kind === "choice" ? options : undefined)

const jsonTypes: Readonly<Record<CustomField["kind"], (value: unknown) => boolean>> = {
  text: (value) => typeof value === "string",
  integer: (value) => typeof value === "number",
  decimal: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  date: (value) => typeof value === "string",
  instant: (value) => typeof value === "string",
  choice: (value) => typeof value === "string",
  texts: Array.isArray
}

type Read = { readonly value: CustomValue } | { readonly code: string; readonly message: string }

/** The value as it is kept, or what is wrong with it. */
const readValue = (definition: CustomField, value: CustomValue): Read => {
  const leaf = leafOf(definition)
  const { parse, isValue, wanted } = kinds[leaf.kind]
  if (!jsonTypes[definition.kind](value)) return { code: "invalid_type", message: typeWanted(definition, wanted) }
  if (typeof value === "number") return isValue(value, leaf) ? { value } : { code: "out_of_range", message: wanted }
  if (typeof value !== "string") return { value }
  const kept = parse(value, leaf)
  return kept === undefined ? { code: "invalid_value", message: wanted } : { value: kept }
}

const typeWanted = ({ kind }: CustomField, wanted: string) => (kind === "texts" ? "must be a list of texts" : wanted)

const at = (key: string, code: string, message: string): InputProblem => ({
  pointer: pointerTo(["customFields", key]),
  code,
  message
})

/** The values of a record after those of an input were put into it, and what is wrong with them. */
const merge = (definitions: Definitions, before: CustomFields | undefined, given: CustomFields) => {
  const values = new Map(Object.entries(before ?? {}))
  const problems: Array<InputProblem> = []
  for (const [key, value] of Object.entries(given)) {
    const definition = definitions.get(key)
    if (value === null && (definition !== undefined || values.has(key))) {
      values.delete(key)
      if (before !== undefined && definition?.isRequired === true)
        problems.push(at(key, "required", "is required, and cannot be taken away"))
      continue
    }
    const read: Read =
      definition === undefined
        ? { code: "unknown_field", message: "is no field that the organization has added to these records" }
        : readValue(definition, value)
    if ("value" in read) values.set(key, read.value)
    else problems.push(at(key, read.code, read.message))
  }
  const missing = before === undefined ? [...definitions.values()].filter((each) => each.isRequired) : []
  for (const { key } of missing)
    if (given[key] === undefined || given[key] === null) problems.push(at(key, "required", "is required"))
  return { values: Object.fromEntries(values), problems }
}

/** Another system's name for a record is there with the system, or neither is. */
const externalProblems = (before: Additions | undefined, given: Partial<Additions>): ReadonlyArray<InputProblem> => {
  if (given.externalId === undefined && given.externalSource === undefined) return []
  const { externalId = null, externalSource = null } = { ...before, ...given }
  if ((externalId === null) === (externalSource === null)) return []
  const pointer = externalId === null ? "/externalId" : "/externalSource"
  return [{ pointer, code: "required", message: "is required where the other of externalId and externalSource is" }]
}

/**
 * The input with all that the record will have in the fields that its organization has added: what the caller gave, put
 * into what was there.
 */
export const customized = Effect.fnUntraced(function* <In>(
  kernel: KernelShape,
  read: Reader,
  { customizes, kind, makes }: Pick<Command<AnyEntity, In, unknown, AnyEntity>, "customizes" | "kind" | "makes">,
  record: AnyRecord | undefined,
  input: In
): Effect.fn.Return<In, ValidationFailed> {
  if (customizes === undefined) return input
  const given = input as Partial<Additions>
  const before = kind === "create" || makes !== undefined ? undefined : record
  const isToldNothing = given.customFields === undefined && before !== undefined
  const definitions = isToldNothing ? none : yield* definitionsOf(kernel, read, customizes)
  const { values, problems } = merge(definitions, before?.customFields, given.customFields ?? {})
  const errors = [...problems, ...externalProblems(before, given)]
  if (errors.length > 0) return yield* new ValidationFailed({ errors })
  return given.customFields === undefined ? input : { ...input, customFields: values }
})
