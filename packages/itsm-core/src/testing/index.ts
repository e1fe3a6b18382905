export * as Arbitraries from "./arbitraries.ts"
export * as Factories from "./factories.ts"
export { scenario } from "./scenario.ts"
export { storeContract, type StoreContractOptions } from "./store-contract.ts"
