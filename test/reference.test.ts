import { type CallContext, createAuthorizer, type Decision, type Permit, PolicyError, parsePolicy } from "@ambit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyPolicy } from "./generators/policy-arbitrary.ts";
import type { Obligation, PolicyDocument, Request } from "./generators/policy-document.ts";
import { operatorsOf, printPolicy } from "./generators/print-policy.ts";
import { anyRequest } from "./generators/request-arbitrary.ts";
import { hostileVocabulary, plainVocabulary, type Vocabulary } from "./generators/vocabulary.ts";
import { type Answer, decide } from "./reference/decide.ts";

const triples = Number(process.env["AMBIT_REFERENCE_RUNS"] ?? 20_000);
const requestsPerPolicy = 8;
// Nothing is said about how long it takes: a longer run is only not cut off.
const timeout = Math.max(60_000, triples * 20);

/** How often each kind of answer came up, and each operator stood in the policy. */
type Tally = Map<string, number>;

/** Compares the two evaluators over generated policies and calls. A failure shows the smallest difference that was found. */
async function compareAll(names: Vocabulary, count: number): Promise<Tally> {
  const tally: Tally = new Map();
  const requests = fc.array(anyRequest(names), { minLength: requestsPerPolicy, maxLength: requestsPerPolicy });
  await fc.assert(
    fc.asyncProperty(anyPolicy(names), requests, (policy, calls) => comparePolicy(policy, calls, tally)),
    { numRuns: Math.ceil(count / requestsPerPolicy) },
  );
  return tally;
}

async function comparePolicy(policy: PolicyDocument, calls: readonly Request[], tally: Tally): Promise<void> {
  const text = printPolicy(policy);
  const compiled = load(text);
  if (compiled === undefined) return add(tally, "unloadable");
  let now = 0;
  const handlers = { archive: () => undefined, notify: () => undefined };
  const authorizer = createAuthorizer({ policy: compiled, clock: () => now, obligations: handlers });
  const operators = operatorsOf(policy);
  for (const call of calls) {
    now = call.now;
    const { tool, arguments: args, now: _now, ...who } = call;
    const context = who as CallContext; // The generator's tiers are names of tiers.
    const expected = decide(policy, call);
    const actual = await authorizer.authorize({ tool, arguments: args }, context);
    const difference = differenceOf(expected, actual);
    if (difference !== undefined) {
      const parts = {
        policy: text,
        call: JSON.stringify(call),
        expected: JSON.stringify(expected),
        actual: JSON.stringify(actual),
      };
      throw new Error([difference, ...Object.entries(parts).map(([name, value]) => `${name}: ${value}`)].join("\n"));
    }
    for (const kind of ["triples", kindOf(expected), ...operators]) add(tally, kind);
  }
}

function load(text: string) {
  try {
    return parsePolicy(text);
  } catch (error) {
    // A condition that can never hold, or a scope behind one that always does, is an error of the file.
    if (
      error instanceof PolicyError &&
      error.diagnostics.every(({ code }) => /^(never_applies|unreachable)$/.test(code))
    )
      return undefined;
    throw new Error(`cannot be loaded: ${text}`, { cause: error });
  }
}

function differenceOf(expected: Answer, actual: Decision): string | undefined {
  const code = actual.allowed ? "permit" : actual.code;
  const reasons = expected.reasons.filter((reason) => reason.code === code);
  if (reasons.length === 0) return `decided ${code}`;
  const named = actual.rule === undefined ? [] : actual.rule.split(", ");
  const isReason = (rules: readonly string[]) =>
    named.length === 0 ? rules.length === 0 : named.every((rule) => rules.includes(rule));
  if (!reasons.some(({ rules }) => isReason(rules))) return `determined by ${named.join(", ")}`;
  return actual.allowed ? differenceOfPermits(expected, actual) : undefined;
}

function differenceOfPermits(expected: Answer, { obligations, degraded }: Permit): string | undefined {
  const texts = (duties: readonly Obligation[]) => duties.map(({ id, type }) => `${id} ${type}`);
  if (!areSame(texts(expected.obligations), texts(obligations))) return "other duties";
  if (!areSame(expected.degraded, degraded)) return "other degradation";
  return undefined;
}

function areSame(left: readonly string[], right: readonly string[]): boolean {
  return left.every((text) => right.includes(text)) && right.every((text) => left.includes(text));
}

function kindOf({ outcome, reasons }: Answer): string {
  if (outcome !== "deny") return outcome;
  if (reasons.some(({ code }) => code === "forbidden")) return "explicit deny";
  return reasons.some(({ code }) => code === "not_granted" || code === "condition_failed") ? "default deny" : "refusal";
}

function add(tally: Tally, kind: string): void {
  tally.set(kind, (tally.get(kind) ?? 0) + 1);
}

const operators = [
  "==",
  "!=",
  "<",
  "<=",
  ">",
  ">=",
  "in",
  "startsWith",
  "endsWith",
  "has",
  "!",
  "&&",
  "||",
  "size",
  "all",
  "exists",
  "moment",
  "holds",
];

describe("the decision point and a second evaluator, written from the language's description alone", () => {
  it(
    "agree on decision, code, rules, duties and degradation, whatever mixture of ordinary rules is asked what",
    async () => {
      const tally = await compareAll(plainVocabulary, triples * 0.75);
      const share = (kind: string) => (tally.get(kind) ?? 0) / (tally.get("triples") ?? 1);
      const shares = Object.fromEntries([...tally.keys()].map((kind) => [kind, share(kind)]));
      // What is compared is only worth as much as what comes up.
      const atLeast = {
        permit: 0.2,
        "explicit deny": 0.2,
        "default deny": 0.1,
        indeterminate: 0.05,
        needs_approval: 0.05,
      };
      const least = { ...Object.fromEntries(operators.map((operator) => [operator, 0.01])), ...atLeast };
      const rare = Object.entries(least).filter(([kind, minimum]) => share(kind) < minimum);
      expect(rare, JSON.stringify(shares)).toEqual([]);
      expect(share("unloadable")).toBeLessThan(0.02);
    },
    timeout,
  );

  it(
    "agree where names are inherited, alike, empty, overlong or hold stars",
    async () => {
      const tally = await compareAll(hostileVocabulary, triples * 0.25);
      expect(tally.get("permit"), JSON.stringify([...tally])).toBeGreaterThan(0);
    },
    timeout,
  );
});
