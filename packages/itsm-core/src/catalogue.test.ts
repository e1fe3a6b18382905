import { describe, expect, it } from "vitest"
import { catalogue } from "./catalogue.ts"
import { type SchemaAST } from "effect"
import { Actor, Entity, type Field, Lifecycle, Policy, References, RoleMatrix, Text } from "./kernel/index.ts"

const entities = [...catalogue.entities.values()]
const withLifecycle = entities.flatMap((entity) =>
  entity.lifecycle === undefined ? [] : [[entity.name, entity, entity.lifecycle] as const]
)

describe("every lifecycle", () => {
  it.each(withLifecycle)("%s: each state is reached from the first", (_, __, lifecycle) => {
    const reached = new Set([lifecycle.initial])
    for (const _round of lifecycle.states) {
      for (const row of lifecycle.transitions) {
        if (!row.from.some((state) => reached.has(state))) continue
        for (const state of Array.isArray(row.to) ? row.to : row.to === "same" ? [] : [row.to])
          reached.add(state as string)
      }
    }
    expect([...reached].toSorted()).toEqual([...lifecycle.states].toSorted())
  })

  it.each(withLifecycle)(
    "%s: only final states may be rested in, and every other one can be left",
    (_, __, lifecycle) => {
      const stuck = lifecycle.states.filter(
        (state) => !lifecycle.transitions.some((row) => row.from.includes(state) && row.to !== "same")
      )
      expect(stuck.filter((state) => !lifecycle.final.includes(state))).toEqual([])
    }
  )

  it.each(withLifecycle)("%s: each row has its command, and each guard its predicate", (_, entity, lifecycle) => {
    const names = catalogue.commands
      .filter((command) => command.entity === entity)
      .map((command) => Text.snakeCase(command.name))
    for (const row of lifecycle.transitions) {
      expect(names).toContain(row.action)
      if (row.guard !== undefined) expect(Object.keys(lifecycle.guards)).toContain(row.guard)
    }
  })

  it.each(withLifecycle)("%s: a step that has no row names the actions that the state allows", (_, __, lifecycle) => {
    const actions = new Set(lifecycle.transitions.map((row) => row.action))
    for (const state of lifecycle.states) {
      const allowed = Lifecycle.actionsFrom(lifecycle, state)
      for (const action of [...actions].filter((each) => !allowed.includes(each))) {
        const step = Lifecycle.step(lifecycle, { [lifecycle.field]: state }, action, {
          now: "2026-01-01T00:00:00.000Z"
        })
        expect(step).toMatchObject({
          _tag: "Failure",
          failure: { _tag: "StateConflict", currentState: state, allowedActions: allowed }
        })
      }
    }
  })
})

describe("every entity", () => {
  it.each(entities.map((entity) => [entity.name, entity] as const))(
    "%s: keys, indexes, search and relations name its fields",
    (_, entity) => {
      const relations = [...(entity.relations.own ?? []), entity.relations.team, entity.relations.department].filter(
        (name) => name !== undefined
      )
      const named = [
        ...entity.unique.flat(),
        ...entity.uniqueEverywhere.flat(),
        ...entity.indexes.flat(),
        ...entity.search,
        ...entity.readers,
        ...relations
      ]
      for (const name of named) expect(entity.field(name), name).toBeDefined()
    }
  )

  it.each(entities.map((entity) => [entity.name, entity] as const))(
    "%s: refers to entities of the catalogue",
    (_, entity) => {
      for (const { target } of entity.fields)
        if (target !== undefined) expect(catalogue.entities.has(target), target).toBe(true)
    }
  )

  it("keeps its secrets", () => {
    const user = catalogue.entities.get("User")!
    const record = { id: "1", passwordHash: "x" } as unknown as Entity.AnyRecord
    expect(Entity.toJson(user, record)).toEqual({ id: "1" })
  })
})

/** Every id of a schema with the entity that it names, found by looking at all that the schema is made of. */
const idsOf = (schema: Field.AnySchema): ReadonlyArray<string> => {
  const seen = new Set<unknown>()
  const found: Array<string> = []
  const look = (node: unknown): void => {
    if (typeof node === "function") return
    if (typeof node !== "object" || node === null || seen.has(node)) return
    seen.add(node)
    const ast = node as SchemaAST.AST
    const field =
      (ast.annotations ?? ast.checks?.at(-1)?.annotations)?.["field"] ?? ast.checks?.at(-1)?.annotations?.["field"]
    const { kind, target, isUnbound } = (field ?? {}) as Partial<Field.FieldInfo>
    if (kind === "id" && target !== undefined && isUnbound !== true) found.push(target)
    if (ast._tag === "Suspend") look(ast.thunk())
    for (const part of Object.values(node)) look(part)
  }
  look(schema.ast)
  return found
}

describe("every id below an input or a field", () => {
  const inputs = catalogue.commands.map((command) => [command.permission, command.input as Field.AnySchema] as const)
  const fields = entities.flatMap((entity) =>
    entity.fields.map(({ name, schema }) => [`${entity.name}.${name}`, schema] as const)
  )
  it.each([...inputs, ...fields])("of %s is found by the walk", (_, schema) => {
    const places = References.references(schema).places.flatMap(({ targets }) => targets)
    expect([...new Set(places)].toSorted()).toEqual([...new Set(idsOf(schema))].toSorted())
  })

  it("is a rule that a walk which stops at lists would break", () => {
    expect(inputs.flatMap(([, schema]) => idsOf(schema)).length).toBeGreaterThan(20)
  })
})

describe("the role matrix", () => {
  const lines = RoleMatrix.builtInRoles.flatMap((role) => catalogue.grantsOf(role).map((line) => line.permission))
  it.each([...new Set(lines)])("%s is a permission of the catalogue", (pattern) => {
    expect(catalogue.permissions.some((permission) => Policy.covers(pattern, permission))).toBe(true)
  })

  const widest = (role: string, permission: string, { condition, fields }: Partial<RoleMatrix.RoleGrant>) => {
    const isNoNarrower = (line: RoleMatrix.RoleGrant) =>
      (line.condition === undefined || JSON.stringify(line.condition) === JSON.stringify(condition)) &&
      (line.fields === undefined || fields?.every((name) => line.fields!.includes(name)) === true)
    const scopes = catalogue
      .grantsOf(role)
      .filter((line) => Policy.covers(line.permission, permission) && isNoNarrower(line))
      .map(({ scope }) => Actor.scopes.indexOf(scope))
    return Math.max(-1, ...scopes)
  }
  const steps = RoleMatrix.builtInRoles.slice(1).map((role, at) => [RoleMatrix.builtInRoles[at]!, role] as const)
  it.each(steps)("what a %s may do, a %s may do at least as far", (below, above) => {
    const department = Actor.scopes.indexOf("department")
    for (const line of catalogue.grantsOf(below)) {
      const covered = catalogue.permissions.filter((permission) => Policy.covers(line.permission, permission))
      for (const permission of covered) {
        const scope = Actor.scopes.indexOf(line.scope)
        const wanted = above === "manager" && line.scope === "team" ? department : scope
        expect([permission, widest(above, permission, line) >= wanted]).toEqual([permission, true])
      }
    }
  })
})
