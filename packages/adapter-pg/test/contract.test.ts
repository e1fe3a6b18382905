import { Specimen, storeContract } from "@itsm/core/testing"
import { Layer } from "effect"
import { freshStore, tablesOf } from "./database.ts"

storeContract("PostgreSQL", Layer.provideMerge(Layer.effectDiscard(tablesOf([Specimen])), freshStore))
