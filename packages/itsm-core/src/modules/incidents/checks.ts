import { Effect, Option } from "effect"
import { Condition, Errors, type Reader } from "../../kernel/index.ts"
import { Category } from "./category.ts"
import { Incident } from "./incident.ts"
import type { Matrix } from "./priority.ts"

const guard = (name: string, reason: string) => Effect.fail(new Errors.GuardFailed({ guard: name, reason }))

/** Impact and urgency lie within the organization's matrix. */
export const checkSteps = (matrix: Matrix, input: { readonly impact?: number; readonly urgency?: number }) => {
  const names = ["impact", "urgency"] as const
  const errors = names
    .filter((name) => (input[name] ?? 1) > matrix.size)
    .map((name) => ({
      pointer: `/${name}`,
      code: "out_of_range",
      message: matrix.size === 3 ? "must be 1, 2 or 3" : "must be 1 to 5"
    }))
  return errors.length === 0 ? Effect.void : Effect.fail(new Errors.ValidationFailed({ errors }))
}

/** The subcategory lies directly below the category. */
export const checkCategories = Effect.fnUntraced(function* (
  read: Reader.Reader,
  input: { readonly categoryId?: string | null; readonly subcategoryId?: string | null }
) {
  if (input.subcategoryId === null || input.subcategoryId === undefined) return
  const subcategory = yield* read.get(Category, input.subcategoryId)
  if (Option.isSome(subcategory) && subcategory.value.parentId !== (input.categoryId ?? null)) {
    return yield* guard("subcategoryOfCategory", "The subcategory does not belong to the category.")
  }
})

/** Parents and children of incidents are one level deep. */
export const checkParent = Effect.fnUntraced(function* (
  read: Reader.Reader,
  id: string | undefined,
  parentId: string | null
) {
  if (parentId === null) return
  if (parentId === id)
    return yield* Errors.ValidationFailed.at("/parentId", "invalid_value", "must not be the incident itself")
  const parent = yield* read.get(Incident, parentId)
  if (Option.isSome(parent) && parent.value.parentId !== null)
    return yield* guard("oneLevelDeep", "The parent is itself a child of an incident.")
  if (id !== undefined && (yield* read.count(Incident, Condition.eq("parentId", id))) > 0)
    return yield* guard("oneLevelDeep", "The incident has children of its own.")
})
