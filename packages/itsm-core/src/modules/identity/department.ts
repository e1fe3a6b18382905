import { Effect, Schema } from "effect"
import { Condition, Crud, Entity, Errors, Id, Service, Text, Tree } from "../../kernel/index.ts"

/** A part of the organization; departments form a tree. */
export const Department = Entity.define("Department", {
  plural: "departments",
  fields: {
    name: Text.Text(1, 200),
    code: Schema.NullOr(Text.Text(1, 50)),
    parentId: Schema.NullOr(Id.Id("Department")),
    managerId: Schema.NullOr(Id.Id("User")),
    costCenter: Schema.NullOr(Text.Text(1, 100))
  },
  unique: [["name"]],
  search: ["name", "code"],
  relations: { department: "id" },
  isConfiguration: true
})
export type Department = Entity.RecordOf<typeof Department>

export class Departments extends Service.define(
  "Departments",
  Department,
  Crud.of(Department, {
    one: "a department",
    errors: [Errors.Cycle, Errors.InUse],
    check: (after, before, read) => Tree.checkAcyclic(read, Department, "parentId", before?.id, after.parentId ?? null),
    checkRemoval: (department, read) =>
      Effect.flatMap(read.count(Department, Condition.eq("parentId", department.id)), (children) =>
        children > 0
          ? Effect.fail(new Errors.InUse({ reason: "The department has departments below it." }))
          : Effect.void
      )
  })
) {}
