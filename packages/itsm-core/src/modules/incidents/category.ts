import { Effect, Schema } from "effect"
import { CategoryEvents } from "./published.ts"
import { Condition, Crud, Entity, Errors, Id, Service, Text, Tree } from "../../kernel/index.ts"

/** What an incident is about; categories form a tree. */
export const Category = Entity.define("Category", {
  plural: "categories",
  fields: {
    name: Text.Text(1, 200),
    parentId: Schema.NullOr(Id.Id("Category")),
    active: Entity.open(Schema.Boolean, true)
  },
  unique: [["name", "parentId"]],
  search: ["name"],
  remembered: {}
})
export type Category = Entity.RecordOf<typeof Category>

export class Categories extends Service.define(
  "Categories",
  Category,
  Crud.of(Category, {
    one: "a category",
    events: CategoryEvents,
    errors: [Errors.Cycle, Errors.Duplicate, Errors.InUse],
    check: (after, before, read) => Tree.checkAcyclic(read, Category, "parentId", before?.id, after.parentId ?? null),
    checkRemoval: (category, read) =>
      Effect.flatMap(read.count(Category, Condition.eq("parentId", category.id)), (children) =>
        children > 0 ? Effect.fail(new Errors.InUse({ reason: "The category has categories below it." })) : Effect.void
      )
  })
) {}
