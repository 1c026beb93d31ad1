import type { AdapterCase } from "./adapter-case.ts";
import { approvalCases } from "./cases/approval-cases.ts";
import { denialCases } from "./cases/denial-cases.ts";
import { executionCases } from "./cases/execution-cases.ts";
import { failureCases } from "./cases/failure-cases.ts";
import { identityCases } from "./cases/identity-cases.ts";
import { repetitionCases } from "./cases/repetition-cases.ts";
import { resultCases } from "./cases/result-cases.ts";
import { secretCases } from "./cases/secret-cases.ts";
import { siblingCases } from "./cases/sibling-cases.ts";
import { wrappingCases } from "./cases/wrapping-cases.ts";

/** What every adapter must do. */
export const adapterCases: readonly AdapterCase[] = [
  ...executionCases,
  ...denialCases,
  ...siblingCases,
  ...repetitionCases,
  ...identityCases,
  ...failureCases,
  ...resultCases,
  ...secretCases,
  ...wrappingCases,
  ...approvalCases,
];
