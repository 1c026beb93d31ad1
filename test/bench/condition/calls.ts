import type { ScopeRules } from "@ambit/core";
import { below, pick, seededRandom } from "../random.ts";

/** What conditions of Ambit are asked of. */
export type ConditionEnvironment = NonNullable<Parameters<ScopeRules["rule"]>[1]>;

/** One call's arguments, in the wrapping that each engine takes, and the right answers. */
export interface Call {
  readonly args: Arguments;
  readonly context: { readonly args: Arguments };
  readonly environment: ConditionEnvironment;
  readonly first: boolean;
  readonly second: boolean;
}

/** The arguments of one call. A type, for only that is JSON in the eyes of the compiler. */
export type Arguments = {
  readonly to: readonly string[];
  readonly amount: number;
  readonly currency: string;
  readonly body: string;
};

/** Calls of which half meet the first condition, in turn. */
export function makeCalls(count: number): Call[] {
  const random = seededRandom(3);
  const calls: Call[] = [];
  while (calls.length < count) {
    const made: Arguments = {
      to: [recipient(random), recipient(random)],
      amount: below(random, 200),
      currency: pick(random, ["USD", "USD", "EUR"]),
      body: "hello ".repeat(20),
    };
    const first = made.to.every((text) => text.endsWith("@acme.com")) && made.amount < 100;
    if (first !== (calls.length % 2 === 0)) continue;
    const args = JSON.parse(JSON.stringify(made)) as Arguments; // New texts, as a request's are.
    const second = args.amount < 100 && args.currency === "USD";
    calls.push({ args, context: { args }, environment: environmentOf(args), first, second });
  }
  return calls;
}

function environmentOf(args: Arguments): ConditionEnvironment {
  return { args, subject: { id: "auth0|8f3a2b1c" }, actor: { id: "sales-assistant" }, session: { id: "s1" }, now: 0 };
}

function recipient(random: () => number): string {
  return `user${below(random, 10_000)}@${pick(random, ["acme.com", "acme.com", "acme.com", "evil.example"])}`;
}
