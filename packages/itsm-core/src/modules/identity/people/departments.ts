import { Effect } from "effect"
import {
  type Command,
  Condition,
  Crud,
  type Entity,
  Errors,
  type Reader,
  Service,
  Tree
} from "../../../kernel/index.ts"
import { DepartmentEvents } from "../published.ts"
import { Department } from "../records/department.ts"
import { checkDepartmentMove, checkDissolving, checkEntering, checkQuitting } from "../authority/reach-changes.ts"

/** What a department's people may do follows its place in the tree, and its manager. */
const checkReach = Effect.fnUntraced(function* (
  after: Entity.DraftOf<typeof Department>,
  before: Department,
  read: Reader.Reader,
  moment: Command.Moment
) {
  const [parentId, managerId] = [after.parentId ?? null, after.managerId ?? null]
  const isRestored = before.deletedAt !== null
  if (isRestored || parentId !== before.parentId) yield* checkDepartmentMove(read, moment, before.id)
  if (!isRestored && managerId === before.managerId) return
  if (before.managerId !== null) yield* checkQuitting(read, moment, before.managerId)
  if (managerId !== null) yield* checkEntering(read, moment, managerId, before.id)
})

export class Departments extends Service.define(
  "Departments",
  Department,
  Crud.of(Department, {
    one: "a department",
    events: DepartmentEvents,
    errors: [Errors.Cycle, Errors.InUse],
    check: (after, before, read, moment) =>
      Effect.andThen(
        Tree.checkAcyclic(read, Department, "parentId", before?.id, after.parentId ?? null),
        before === undefined ? Effect.void : checkReach(after, before, read, moment)
      ),
    checkRemoval: (department, read, moment) =>
      Effect.gen(function* () {
        const children = yield* read.count(Department, Condition.eq("parentId", department.id))
        if (children > 0) return yield* new Errors.InUse({ reason: "The department has departments below it." })
        return yield* checkDissolving(read, moment)
      })
  })
) {}
