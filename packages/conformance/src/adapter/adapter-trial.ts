import {
  type AuditRecord,
  type Authorizer,
  type AuthorizerOptions,
  type CallContext,
  type ContextSource,
  createAuthorizer,
  createMemoryStore,
  type DecisionRecord,
  type OutcomeRecord,
  parsePolicy,
  type StateStore,
} from "@ambit/core";
import { ConformanceError } from "../conformance-error.ts";
import { expectEqual } from "../try-store.ts";
import type {
  AdapterDriver,
  AgentReport,
  AgentScript,
  ScriptedCall,
  ScriptedTool,
  ToolBody,
} from "./adapter-driver.ts";

/** A policy, with the tools by the names that the framework has for them. */
export interface TrialPolicy {
  readonly tools: Readonly<Record<string, object>>;
  /** Default: role `rep` may do all but send e-mail outside. */
  readonly policies?: readonly object[];
  readonly rules?: readonly object[];
  readonly limits?: readonly object[];
  readonly budgets?: readonly object[];
  readonly approvals?: object;
}

/** One run of a tool's body. */
export interface Run {
  readonly tool: string;
  readonly arguments: unknown;
}

/** What a run is given besides its script. */
export interface RunOptions {
  /** Default: {@link rep}. */
  readonly context?: ContextSource<unknown> | undefined;
  readonly authorizer?: Authorizer | undefined;
  readonly onBegin?: AgentScript["onBegin"];
  readonly approved?: AgentScript["approved"];
  /** Whether the tools are left unwrapped. */
  readonly plain?: true;
}

/** The user of all cases. */
export const rep: CallContext = {
  subject: { id: "u1", issuer: "https://id.acme.example", tenant: "acme", roles: ["rep"], scopes: ["tool:**"] },
  actor: { id: "sales-assistant" },
  session: "s1",
};

/** A driver at work under a policy, and all that became of it. */
export class AdapterTrial {
  readonly driver: AdapterDriver;
  /** Who decides, unless a run names somebody else. */
  authorizer: Authorizer;
  /** Told of each record before it is durable. What it throws keeps it from being so. */
  onRecord: (record: AuditRecord) => unknown = () => {};
  /** What became durable, in order. */
  readonly records: AuditRecord[] = [];
  /** Each time that a body was called, in order. */
  readonly runs: Run[] = [];
  readonly #policy: TrialPolicy;

  constructor(driver: AdapterDriver, policy: TrialPolicy) {
    this.driver = driver;
    this.#policy = policy;
    this.authorizer = this.newAuthorizer();
  }

  /** An authorizer under the trial's policy, with its log, and a memory store of its own that takes its time. */
  newAuthorizer(more: Partial<AuthorizerOptions> = {}): Authorizer {
    const append = async (record: AuditRecord) => {
      await turns(3);
      await this.onRecord(record);
      this.records.push(record);
    };
    return createAuthorizer({
      policy: parsePolicy(policyText(this.#policy, this.driver)),
      audit: { append },
      store: slowStore(),
      onFault: () => {},
      ...more,
    });
  }

  /** A tool that notes that it ran, and gives "<name> gave 12 deals" unless it is given another body. */
  tool(name: string, body?: ToolBody, more: Partial<ScriptedTool> = {}): ScriptedTool {
    const run: ToolBody = (args) => {
      this.runs.push({ tool: name, arguments: args });
      return body === undefined ? `${name} gave 12 deals` : body(args);
    };
    const description = `The tool ${name}.`;
    return { name, description, parameters: anyArguments, yields: false, ...more, body: run };
  }

  /** Runs an agent that must end as the script does. */
  async run(
    tools: readonly ScriptedTool[],
    steps: AgentScript["steps"],
    options: RunOptions = {},
  ): Promise<AgentReport> {
    let report: AgentReport;
    try {
      report = await this.attempt(tools, steps, options);
    } catch (error) {
      throw new ConformanceError(`the run did not end, but rejected with ${String(error)}`, { cause: error });
    }
    if (report.text !== "done") throw new ConformanceError(`the run ended with ${JSON.stringify(report.text)}`);
    return report;
  }

  /** Runs an agent, and rejects with what its loop rejects with. */
  attempt(
    tools: readonly ScriptedTool[],
    steps: AgentScript["steps"],
    { context = rep, authorizer = this.authorizer, onBegin, approved, plain }: RunOptions = {},
  ): Promise<AgentReport> {
    if (plain) return this.#runPlain({ tools, steps, approved });
    return this.driver.run({ tools, steps, authorization: { authorizer, context }, onBegin, approved });
  }

  /** What runs without authorization is no run of the trial's. */
  async #runPlain(script: Omit<AgentScript, "authorization">): Promise<AgentReport> {
    const before = this.runs.length;
    try {
      return await this.driver.run({ ...script, authorization: undefined });
    } finally {
      this.runs.splice(before);
    }
  }

  /** What was decided, in the order in which it became durable. */
  decisions(): readonly DecisionRecord[] {
    return this.records.filter((record) => record.type === "decision");
  }

  permits(): readonly DecisionRecord[] {
    return this.decisions().filter(({ decision }) => decision === "permit");
  }

  outcomes(): readonly OutcomeRecord[] {
    return this.records.filter((record) => record.type === "outcome");
  }

  /** How often a body ran. */
  count(tool: string): number {
    return this.runs.filter((run) => run.tool === tool).length;
  }

  /** INVARIANT (E3, E5): every permit ends once, and starts its tool once unless it says that it never did. */
  expectAllEnded(): void {
    const expected: Record<string, number> = {};
    for (const { tool, evaluationId } of this.permits()) {
      const endings = this.outcomes().filter((outcome) => outcome.evaluationId === evaluationId);
      const [ending] = endings;
      if (ending === undefined || endings.length > 1) {
        throw new ConformanceError(`a permit of ${tool} ended ${endings.length} times, not once`);
      }
      expected[tool] = (expected[tool] ?? 0) + (ending.status === "not_started" ? 0 : 1);
    }
    const started: Record<string, number> = {};
    for (const tool of Object.keys(expected)) started[tool] = 0;
    for (const { tool } of this.runs) {
      const name = this.driver.policyName?.(tool) ?? tool;
      started[name] = (started[name] ?? 0) + 1;
    }
    expectEqual(started, expected, "how often each tool ran, and how often it was permitted to");
  }
}

/** Waits until so many turns of the microtask queue are over. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
}

/** A call, with an id of its own unless it is given one. */
export function call(tool: string, args: Record<string, unknown> = {}, id = `call-${counter++}`): ScriptedCall {
  return { id, tool, arguments: args };
}

let counter = 0;

/** A memory store that takes its time, as one behind a network does. */
export function slowStore(): StateStore {
  const store = createMemoryStore();
  const apply: StateStore["apply"] = async (plan) => {
    await turns(5);
    return store.apply(plan);
  };
  return { apply, approvals: store.approvals };
}

const anyArguments = { type: "object", properties: {}, additionalProperties: true } as const;
const usual = [{ role: "rep", allow: ["tool:**"], deny: ["tool:email:send:external"] }];

/** JSON is YAML. */
function policyText({ tools, policies = usual, ...more }: TrialPolicy, driver: AdapterDriver): string {
  const named = Object.entries(tools).map(([name, rule]) => [driver.policyName?.(name) ?? name, rule]);
  return JSON.stringify({ tools: Object.fromEntries(named), policies, ...more });
}
