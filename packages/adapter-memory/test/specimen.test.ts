import { MemoryStore } from "@itsm/adapter-memory"
import { specimenSuite } from "@itsm/core/testing"

specimenSuite("memory", MemoryStore.layer)
