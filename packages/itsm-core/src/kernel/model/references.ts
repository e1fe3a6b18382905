import { Schema, SchemaAST } from "effect"
import type { Condition } from "./condition.ts"
import type { InputProblem } from "./errors.ts"
import type { AnySchema } from "./field.ts"
import { annotated, type Description } from "./kind-of-schema.ts"
import { pointerTo } from "./pointer.ts"
import { snakeCase } from "./text.ts"

/** An id that an input gives, and the entities of which it may name a record. */
export interface Reference {
  readonly pointer: string
  readonly targets: ReadonlyArray<string>
  readonly id: string
}

/** A condition that an input gives on the records of an entity. */
export interface GivenCondition {
  readonly pointer: string
  readonly about: string
  readonly condition: Condition
}

/** Where a schema has ids: `/approvers/~/userId`. */
export interface Place {
  readonly pointer: string
  readonly targets: ReadonlyArray<string>
}

export interface Found {
  readonly references: ReadonlyArray<Reference>
  readonly conditions: ReadonlyArray<GivenCondition>
}

export interface References {
  readonly places: ReadonlyArray<Place>
  /** Every id and every condition in a decoded input. */
  readonly find: (input: unknown) => Found
}

interface Finding {
  readonly references: Map<string, Reference>
  readonly conditions: Array<GivenCondition>
}

type Path = ReadonlyArray<PropertyKey>
type Walk = (value: unknown, path: Path, found: Finding) => void

interface Compiling {
  readonly places: Array<Place>
  /** What is being compiled behind a schema that names itself. */
  readonly suspended: Map<SchemaAST.AST, { walk: Walk | undefined }>
}

const add = (found: Finding, reference: Reference) =>
  void found.references.set(`${reference.pointer} ${reference.targets.join()} ${reference.id}`, reference)

const together = (walks: ReadonlyArray<Walk | undefined>): Walk | undefined => {
  const kept = walks.filter((walk) => walk !== undefined)
  return kept.length === 0
    ? undefined
    : (value, path, found) => {
        for (const walk of kept) walk(value, path, found)
      }
}

const idWalk =
  (targets: ReadonlyArray<string>): Walk =>
  (value, path, found) => {
    if (typeof value === "string") add(found, { pointer: pointerTo(path), targets, id: value })
  }

const refWalk = (targets: ReadonlyArray<string>): Walk => {
  const byType = new Map(targets.map((target) => [snakeCase(target), target]))
  return (value, path, found) => {
    if (typeof value !== "object" || value === null) return
    const { type, id } = value as { readonly type: string; readonly id: string }
    const target = byType.get(type)
    if (target !== undefined) add(found, { pointer: pointerTo([...path, "id"]), targets: [target], id })
  }
}

const conditionWalk =
  (about: string): Walk =>
  (value, path, found) => {
    found.conditions.push({ pointer: pointerTo(path), about, condition: value as Condition })
  }

const objectWalk = (ast: SchemaAST.Objects, at: string, compiling: Compiling): Walk | undefined => {
  const properties = ast.propertySignatures.flatMap(({ name, type }) => {
    const walk = compile(type, at + pointerTo([name]), compiling)
    return walk === undefined ? [] : [[name, walk] as const]
  })
  const ofAll = ast.indexSignatures.map((signature) => ({
    key: compile(signature.parameter, `${at}/*`, compiling),
    item: compile(signature.type, `${at}/*`, compiling)
  }))
  const keys = together(ofAll.map(({ key }) => key))
  const items = together(ofAll.map(({ item }) => item))
  if (properties.length === 0 && keys === undefined && items === undefined) return undefined
  return (value, path, found) => {
    if (typeof value !== "object" || value === null) return
    const given = value as Readonly<Record<PropertyKey, unknown>>
    for (const [name, walk] of properties) walk(given[name], [...path, name], found)
    if (keys === undefined && items === undefined) return
    for (const [name, item] of Object.entries(given)) {
      keys?.(name, [...path, name], found)
      items?.(item, [...path, name], found)
    }
  }
}

const listWalk = (ast: SchemaAST.Arrays, at: string, compiling: Compiling): Walk | undefined => {
  const elements = ast.elements.map((element, index) => compile(element, `${at}/${index}`, compiling))
  const [rest, ...last] = ast.rest.map((item) => compile(item, `${at}/*`, compiling))
  const others = together([rest, ...last])
  if (others === undefined && elements.every((element) => element === undefined)) return undefined
  return (value, path, found) => {
    if (!Array.isArray(value)) return
    value.forEach((item, index) =>
      (index < elements.length ? elements[index] : others)?.(item, [...path, index], found)
    )
  }
}

/** Each member that takes the value is walked: which one it was decoded by, nobody knows any more. */
const unionWalk = (ast: SchemaAST.Union, at: string, compiling: Compiling): Walk | undefined => {
  const walks = ast.types.flatMap((type) => {
    const walk = compile(type, at, compiling)
    return walk === undefined ? [] : [{ walk, is: Schema.is(Schema.make<Schema.Codec<unknown>>(type)) }]
  })
  return walks.length === 0
    ? undefined
    : (value, path, found) => {
        for (const { walk, is } of walks) if (is(value)) walk(value, path, found)
      }
}

const suspendWalk = (ast: SchemaAST.Suspend, at: string, compiling: Compiling): Walk | undefined => {
  const inner = ast.thunk()
  const known = compiling.suspended.get(inner)
  if (known !== undefined) return (value, path, found) => known.walk?.(value, path, found)
  const entry: { walk: Walk | undefined } = { walk: undefined }
  compiling.suspended.set(inner, entry)
  entry.walk = compile(inner, at, compiling)
  return entry.walk
}

const compile = (ast: SchemaAST.AST, at: string, compiling: Compiling): Walk | undefined => {
  const about = annotated(ast, "conditionAbout")
  if (typeof about === "string") return conditionWalk(about)
  const field = annotated(ast, "field") as Description | undefined
  if (field?.kind === "ref") {
    compiling.places.push({ pointer: `${at}/id`, targets: field.targets ?? [] })
    return refWalk(field.targets ?? [])
  }
  if (field?.kind === "id") {
    if (field.target === undefined || field.isUnbound === true) return undefined
    compiling.places.push({ pointer: at, targets: [field.target] })
    return idWalk([field.target])
  }
  switch (ast._tag) {
    case "Objects":
      return objectWalk(ast, at, compiling)
    case "Arrays":
      return listWalk(ast, at, compiling)
    case "Union":
      return unionWalk(ast, at, compiling)
    case "Suspend":
      return suspendWalk(ast, at, compiling)
    default:
      return undefined
  }
}

const nothing: Found = { references: [], conditions: [] }

/** The ids and conditions that inputs of this schema give, however deep in lists, objects, unions and records they stand. */
export const references = (schema: AnySchema): References => {
  const compiling: Compiling = { places: [], suspended: new Map() }
  const walk = compile(SchemaAST.toType(schema.ast), "", compiling)
  return {
    places: compiling.places,
    find: (input) => {
      if (walk === undefined) return nothing
      const found: Finding = { references: new Map(), conditions: [] }
      walk(input, [], found)
      return { references: [...found.references.values()], conditions: found.conditions }
    }
  }
}

/** The one text for a reference to a record that is missing, hidden, deleted, foreign or of another type. */
export const missingReference = (pointer: string): InputProblem => ({
  pointer,
  code: "reference_not_found",
  message: "names no record that you may use here"
})
