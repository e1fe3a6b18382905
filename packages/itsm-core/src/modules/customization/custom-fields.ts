import { Effect } from "effect"
import { Condition, Crud, CustomField, Errors, type Reader, Service } from "../../kernel/index.ts"
import { CustomFieldEvents } from "./published.ts"

type Draft = Parameters<typeof CustomField.CustomField.make>[0]

const optionsProblem = ({ kind, options = [] }: Draft) => {
  if (kind === "choice" && options.length === 0)
    return Errors.ValidationFailed.at("/options", "required", "is required of a choice")
  if (kind !== "choice" && options.length > 0)
    return Errors.ValidationFailed.at("/options", "invalid_value", "must be empty: only a choice has options")
  return undefined
}

/** The field is one of records that take it, and can be filled in. */
const check = (after: Draft, before: CustomField.CustomField | undefined, read: Reader.Reader) =>
  Effect.gen(function* () {
    const entity = read.resource(after.entityType)
    if (entity === undefined || !CustomField.takesCustomFields(entity))
      return yield* Errors.ValidationFailed.at(
        "/entityType",
        "invalid_value",
        "names no kind of record that takes fields"
      )
    const problem = optionsProblem(after)
    if (problem !== undefined) return yield* problem
    if (before !== undefined && before.deletedAt === null) return
    const others = yield* read.count(CustomField.CustomField, Condition.eq("entityType", after.entityType))
    if (others >= CustomField.mostCustomFields)
      return yield* Errors.ValidationFailed.at(
        "/entityType",
        "too_many",
        `must have at most ${CustomField.mostCustomFields} fields`
      )
  })

/** The fields that an organization has added to its records. */
export class CustomFields extends Service.define(
  "CustomFields",
  CustomField.CustomField,
  Crud.of(CustomField.CustomField, {
    one: "a field of the organization's own",
    events: CustomFieldEvents,
    errors: [Errors.Duplicate],
    check: (after, before, read) => check(after, before, read)
  })
) {}
