/** @module What every state store and every adapter must do, as cases that any test runner can run. */
export type { AdapterCase } from "./adapter/adapter-case.ts";
export { adapterCases } from "./adapter/adapter-cases.ts";
export type {
  AdapterCapability,
  AdapterDriver,
  AgentReport,
  AgentScript,
  Authorization,
  ScriptedCall,
  ScriptedTool,
  ShownResult,
  ToolBody,
  UngovernableTool,
} from "./adapter/adapter-driver.ts";
export { joinAdapterSuite } from "./adapter/join-adapter-suite.ts";
export { plainFunctionDriver } from "./adapter/plain-function-driver.ts";
export { playScript } from "./adapter/play-script.ts";
export { compareStores } from "./compare-stores.ts";
export { ConformanceError } from "./conformance-error.ts";
export { joinStoreSuite } from "./join-store-suite.ts";
export type { ExcusedCase, SuiteCase, SuiteTest } from "./join-suite.ts";
export { randomTrace } from "./random-trace.ts";
export type { Capability, OpenOptions, StoreCase, StoreHarness, TestedStore } from "./store-case.ts";
export { storeCases } from "./store-cases.ts";
