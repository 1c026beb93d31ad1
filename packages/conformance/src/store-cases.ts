import { accountCases } from "./cases/account-cases.ts";
import { approvalCases } from "./cases/approval-cases.ts";
import { concurrencyCases } from "./cases/concurrency-cases.ts";
import { countCases } from "./cases/count-cases.ts";
import { keepCases } from "./cases/keep-cases.ts";
import { keyCases } from "./cases/key-cases.ts";
import { lifeCases } from "./cases/life-cases.ts";
import { markCases } from "./cases/mark-cases.ts";
import { planCases } from "./cases/plan-cases.ts";
import { renewalCases } from "./cases/renewal-cases.ts";
import { reservationCases } from "./cases/reservation-cases.ts";
import { runawayCases } from "./cases/runaway-cases.ts";
import { windowCases } from "./cases/window-cases.ts";
import type { StoreCase } from "./store-case.ts";

/** What every state store must do. */
export const storeCases: readonly StoreCase[] = [
  ...planCases,
  ...accountCases,
  ...reservationCases,
  ...renewalCases,
  ...windowCases,
  ...countCases,
  ...markCases,
  ...runawayCases,
  ...keyCases,
  ...concurrencyCases,
  ...lifeCases,
  ...keepCases,
  ...approvalCases,
];
