export * as Arbitraries from "./arbitraries.ts"
export * as Factories from "./factories.ts"
export { storeContract, type StoreContractOptions } from "./store-contract.ts"
