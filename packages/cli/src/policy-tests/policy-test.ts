import { dirname, join } from "node:path";
import {
  type CallContext,
  type CheckedYaml,
  type DenyCode,
  formatMoney,
  type MicroUnits,
  readCheckedYaml,
} from "@ambit/core";
import type { z } from "zod";
import { readTextFile } from "../read-text-file.ts";
import { type CallDocument, policyTestSchema, type TestDocument } from "./policy-test-schema.ts";

/** A file of policy tests. */
export interface PolicyTestFile {
  /** Its path, as it was found. */
  readonly file: string;
  /** The path of the policy that it tests. */
  readonly policy: string;
  readonly tests: readonly PolicyTest[];
}

/** Calls that one subject's agent makes one after the other, and what the policy must say to each. */
export interface PolicyTest {
  readonly name: string;
  /** From 1. */
  readonly line: number;
  readonly context: CallContext;
  /** Epoch milliseconds, when the first call is made. */
  readonly now: number;
  /** What each cost function of the application gives, as decimal text. */
  readonly costs: Readonly<Record<string, string>>;
  readonly calls: readonly ScriptedCall[];
}

/** One call of a test. */
export interface ScriptedCall {
  /** From 1. */
  readonly line: number;
  readonly tool: string;
  readonly arguments: unknown;
  /** Milliseconds that pass before it. */
  readonly after: number;
  /** Whether the tool fails, if it is called. */
  readonly fails: boolean;
  /** The labels that the tool's classifiers find in what it gives. */
  readonly finds: readonly string[];
  readonly expected: ExpectedDecision;
}

/** What the policy must say. What is `undefined` may be anything. */
export interface ExpectedDecision {
  readonly answer: "permit" | DenyCode;
  readonly rule: string | undefined;
  readonly reason: string | undefined;
  readonly hint: string | undefined;
  readonly scopes: readonly string[] | undefined;
  readonly cost: MicroUnits | undefined;
  /** Why what the tool gave is withheld. */
  readonly withheld: DenyCode | undefined;
}

/** A Monday, so that conditions about working hours find one. */
const usualNow = Date.parse("2026-01-05T12:00:00Z");

/** Reads a file of policy tests. Rejects with a `PolicyError` that shows everything that is wrong with it. */
export async function readPolicyTests(file: string): Promise<PolicyTestFile> {
  const checked = readCheckedYaml(await readTextFile(file), { file, schema: policyTestSchema });
  const { policy, tests } = checked.data;
  return {
    file,
    policy: join(dirname(file), policy),
    tests: tests.map((test, index) => readTest(checked, test, index)),
  };
}

type Checked = CheckedYaml<z.output<typeof policyTestSchema>>;

function readTest(checked: Checked, test: TestDocument, index: number): PolicyTest {
  const { id, issuer, tenant, roles = [], scopes = ["tool:**"] } = test.subject;
  return {
    name: test.name,
    line: checked.lineOf(["tests", index]),
    context: {
      subject: { id, issuer, tenant, roles, scopes },
      actor: test.actor ?? { id: "some-agent" },
      session: test.session ?? `test ${index + 1}`,
      grant: test.grant,
    },
    now: test.now ?? usualNow,
    costs: readCosts(checked.data.costs ?? {}),
    calls: test.calls.map((call, place) => readCall(call, checked.lineOf(["tests", index, "calls", place]))),
  };
}

function readCosts(costs: Readonly<Record<string, MicroUnits | undefined>>): Readonly<Record<string, string>> {
  const given = Object.entries(costs).flatMap(([name, cost]) =>
    cost === undefined ? [] : [[name, formatMoney(cost)]],
  );
  return Object.fromEntries(given);
}

function readCall(call: CallDocument, line: number): ScriptedCall {
  const {
    tool,
    arguments: args = {},
    after = 0,
    fails = false,
    finds = [],
    expect: answer,
    rule,
    reason,
    hint,
    scopes,
    cost,
    withheld,
  } = call;
  const expected = { answer, rule, reason, hint, scopes, cost, withheld };
  return { line, tool, arguments: args, after, fails, finds, expected };
}
