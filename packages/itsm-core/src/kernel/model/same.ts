import { Equal } from "effect"

/** True for values that say the same: a store may give back the keys of an object in another order. */
export const isSame = (a: unknown, b: unknown): boolean =>
  a === b ||
  (a !== null &&
    b !== null &&
    typeof a === "object" &&
    typeof b === "object" &&
    (JSON.stringify(a) === JSON.stringify(b) || Equal.equals(a, b)))
