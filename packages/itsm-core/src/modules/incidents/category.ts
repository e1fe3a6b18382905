import { Effect, Schema } from "effect"
import { CategoryEvents } from "./published.ts"
import { Condition, Crud, Entity, Errors, Id, type Reader, Service, Text, Tree } from "../../kernel/index.ts"

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
  isConfiguration: true
})
export type Category = Entity.RecordOf<typeof Category>

/** Categories at the root differ in their names too, where no parent tells them apart for the unique key. */
const checkRootName = (read: Reader.Reader, after: Entity.DraftOf<typeof Category>, before: Category | undefined) =>
  (after.parentId ?? null) !== null
    ? Effect.void
    : Effect.flatMap(
        read.all(Category, Condition.all([Condition.eq("name", after.name), Condition.isNull("parentId")])),
        (namesakes) =>
          namesakes.every((each) => each.id === before?.id)
            ? Effect.void
            : Effect.fail(new Errors.Duplicate({ entity: Category.name, fields: ["name"] }))
      )

export class Categories extends Service.define(
  "Categories",
  Category,
  Crud.of(Category, {
    one: "a category",
    events: CategoryEvents,
    errors: [Errors.Cycle, Errors.Duplicate, Errors.InUse],
    check: (after, before, read) =>
      Effect.andThen(
        Tree.checkAcyclic(read, Category, "parentId", before?.id, after.parentId ?? null),
        checkRootName(read, after, before)
      ),
    checkRemoval: (category, read) =>
      Effect.flatMap(read.count(Category, Condition.eq("parentId", category.id)), (children) =>
        children > 0 ? Effect.fail(new Errors.InUse({ reason: "The category has categories below it." })) : Effect.void
      )
  })
) {}
