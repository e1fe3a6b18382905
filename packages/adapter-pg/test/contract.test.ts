import { storeContract } from "@itsm/core/testing"
import { freshStore } from "./database.ts"

storeContract("PostgreSQL", freshStore)
