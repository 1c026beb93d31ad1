/** @module What every state store must do, as cases that any test runner can run. */
export { compareStores } from "./compare-stores.ts";
export { type ExcusedCase, joinStoreSuite, type SuiteTest } from "./join-store-suite.ts";
export { randomTrace } from "./random-trace.ts";
export {
  type Capability,
  ConformanceError,
  type OpenOptions,
  type StoreCase,
  type StoreHarness,
  type TestedStore,
} from "./store-case.ts";
export { storeCases } from "./store-cases.ts";
