import type { AuthorizerOptions } from "@ambit/core";
import { expectEqual } from "../../try-store.ts";
import { type AdapterCase, adapterCase } from "../adapter-case.ts";
import { call, type TrialPolicy } from "../adapter-trial.ts";
import { expectHidden, expectThat, shown } from "../expect-shown.ts";

const secret = "hunter2-7fd1";
const error = () => Object.assign(new Error(secret, { cause: secret }), { code: secret, detail: secret });
const rejects = () => Promise.reject(error());
const throws = (): never => {
  throw error();
};

interface Place {
  readonly id: string;
  readonly what: string;
  /** Default: the tool `read` and a budget. */
  readonly policy?: TrialPolicy;
  readonly options?: Partial<AuthorizerOptions>;
  /** Arguments of the call. */
  readonly args?: Record<string, unknown>;
  /** Whether the tool runs, since only its result is judged with what fails. */
  readonly runs?: true;
}

const ordinary: TrialPolicy = {
  tools: { read: { scope: "tool:crm:read", cost: 1 } },
  budgets: [{ per: "user", limit: "5.00" }],
};
const bound = { scope: "tool:crm:read", obligations: [{ id: "copy", type: "archive" }] };

const places: readonly Place[] = [
  { id: "store", what: "the store", options: { store: { apply: rejects } } },
  { id: "store-throws", what: "a store that throws at once", options: { store: { apply: throws } } },
  { id: "audit", what: "the audit log", options: { audit: { append: rejects } } },
  {
    id: "condition",
    what: "a condition that cannot be evaluated",
    policy: { tools: { read: { scope: [{ when: "int(args.amount) > 5", use: "tool:crm:read" }] } } },
    args: { amount: secret },
  },
  {
    id: "grant",
    what: "a grant that cannot be evaluated",
    policy: {
      ...ordinary,
      policies: [{ role: "rep", allow: [{ scope: "tool:crm:read", when: "args.amount.startsWith('a')" }] }],
    },
    args: { amount: 5, note: secret },
  },
  {
    id: "argument",
    what: "arguments that are not those that the policy describes",
    policy: { tools: { read: { scope: "tool:crm:read", arguments: ["quarter"] } } },
    args: { quarter: "Q1", [secret]: secret },
  },
  {
    id: "classifier",
    what: "a classifier",
    policy: {
      tools: { read: { scope: "tool:crm:read", classify: [{ by: "content", labels: ["private-data"] }] } },
      rules: [{ id: "stays", after: "tool:crm:read", deny: "label:private-data" }],
    },
    options: { classifiers: { content: rejects } },
    runs: true,
  },
  {
    id: "obligation",
    what: "a duty",
    policy: { ...ordinary, policies: [{ role: "rep", allow: [bound] }] },
    options: { obligations: { archive: rejects } },
  },
  {
    id: "cost",
    what: "a cost function",
    policy: { ...ordinary, tools: { read: { scope: "tool:crm:read", cost: { by: "bill" } } } },
    options: { costs: { bill: throws } },
  },
  { id: "ids", what: "the maker of ids", options: { newId: throws } },
];

/** A secret in whatever fails behind a decision. */
export const secretCases: readonly AdapterCase[] = places.map(({ id, what, policy = ordinary, options, args, runs }) =>
  adapterCase(
    { id: `secret-of-${id}`, title: `D11: what ${what} says when it fails never reaches the model`, policy },
    async (trial) => {
      const faults: unknown[] = [];
      trial.authorizer = trial.newAuthorizer({ ...options, onFault: (fault) => faults.push(fault) });
      const asked = call("read", args);
      const report = await trial.run([trial.tool("read")], [[asked]]);
      const text = shown(report, asked.id);
      expectThat(text.includes('"error":"tool_'), `expected a denial, the model was shown ${text}`);
      expectHidden(text, secret, "the secret");
      // What the model wrote itself it may read again.
      if (args === undefined) expectHidden(report.transcript, secret, "the secret");
      expectEqual(trial.count("read"), runs ? 1 : 0, "how often the tool ran");
    },
  ),
);
