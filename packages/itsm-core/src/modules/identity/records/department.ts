import { Schema } from "effect"
import { Entity, Id, Text } from "../../../kernel/index.ts"

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
  remembered: {}
})
export type Department = Entity.RecordOf<typeof Department>
