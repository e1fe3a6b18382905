export * as Access from "./access-rows.ts"
export * as Arbitraries from "./arbitraries.ts"
export { company, type Company, type Person } from "./company.ts"
export * as Factories from "./factories.ts"
export {
  type AllRecords,
  type Body,
  type FindRecord,
  makeRecords,
  type ModuleSamples,
  type SampleRecords,
  type Samples,
  samplesOf
} from "./samples.ts"
export * as Maintenance from "./maintenance.ts"
export { Specimen } from "./contract/specimen.ts"
export { rowRulesOfParts } from "./row-rules.ts"
export { scenario } from "./scenario.ts"
export { storeContract, type StoreContractOptions } from "./store-contract.ts"
