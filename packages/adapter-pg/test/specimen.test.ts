import { Lending, specimenSuite } from "@itsm/core/testing"
import { Layer } from "effect"
import { freshStore, tablesOf } from "./database.ts"

specimenSuite("PostgreSQL", Layer.provideMerge(Layer.effectDiscard(tablesOf(Lending.entities)), freshStore))
