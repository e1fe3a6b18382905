import { MemoryStore } from "@itsm/adapter-memory"
import { storeContract } from "@itsm/core/testing"

storeContract("memory", MemoryStore.layer)
