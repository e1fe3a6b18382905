import { layer } from "@effect/vitest"
import { Layer } from "effect"
import type { Store } from "../kernel/index.ts"
import * as Lending from "./specimen/lending.ts"
import { access } from "./specimen/rules/access.ts"
import { admission } from "./specimen/rules/admission.ts"
import { following } from "./specimen/rules/after.ts"
import { commits } from "./specimen/rules/committing.ts"
import { decision } from "./specimen/rules/decision.ts"
import { queries } from "./specimen/rules/queries.ts"
import { records } from "./specimen/rules/records.ts"
import { roles } from "./specimen/rules/roles.ts"
import { traces } from "./specimen/rules/traces.ts"

/**
 * What the kernel guarantees to every module, as a suite of tests on a module of its own: a desk that lends vans. There is
 * one for each step of the shell, and one for each rule of the kernel. The store has the tables of the kernel, of identity
 * and of `Lending.entities`, and need not be empty.
 */
export const specimenSuite = (name: string, store: Layer.Layer<Store.Store, unknown>): void =>
  layer(Lending.layer.pipe(Layer.provideMerge(store)), { timeout: "2 minutes", excludeTestServices: true })(
    `the kernel keeps its rules on ${name}`,
    (it) => {
      admission(it)
      decision(it)
      commits(it)
      traces(it)
      records(it)
      roles(it)
      access(it)
      queries(it)
      following(it)
    }
  )
