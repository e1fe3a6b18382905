export * as MemoryStore from "./memory-store.ts"
