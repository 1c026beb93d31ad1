import { type Policy, parsePolicy } from "@ambit/core";
import type { Call } from "./calls.ts";

/** Something that evaluates the two conditions. */
export interface ConditionContender {
  readonly name: string;
  readonly build: () => Answers | Promise<Answers>;
}

/** The two conditions, compiled. */
export interface Answers {
  readonly first: (call: Call) => unknown;
  readonly second: (call: Call) => unknown;
}

/** The two conditions, as CEL. */
export const texts = {
  first: "args.to.all(t, t.endsWith('@acme.com')) && args.amount < 100",
  second: "args.amount < 100 && args.currency == 'USD'",
} as const;

/** The same as JSON Logic. */
export const logic = {
  first: {
    and: [
      { all: [{ var: "args.to" }, { endsWith: [{ var: "" }, "@acme.com"] }] },
      { "<": [{ var: "args.amount" }, 100] },
    ],
  },
  second: { and: [{ "<": [{ var: "args.amount" }, 100] }, { "===": [{ var: "args.currency" }, "USD"] }] },
};

/** The floor, and the contenders that the goals are about. */
export const handWritten = "floor: hand-written closure";
export const ownCondition = "Ambit, condition";
export const fastestCel = "@marcbachmann/cel-js";

/** All that evaluate the conditions. */
export const conditionContenders: readonly ConditionContender[] = [
  {
    name: handWritten,
    build: () => ({
      first: ({ args }) => args.to.every((recipient) => recipient.endsWith("@acme.com")) && args.amount < 100,
      second: ({ args }) => args.amount < 100 && args.currency === "USD",
    }),
  },
  {
    name: ownCondition,
    build() {
      const policy = conditionalPolicy();
      const [first, second] = [conditionOf(policy, "tool:first"), conditionOf(policy, "tool:second")];
      return {
        first: ({ environment }) => first.evaluate(environment),
        second: ({ environment }) => second.evaluate(environment),
      };
    },
  },
  {
    name: "Ambit, look-up of the rule and its condition",
    build() {
      const rules = conditionalPolicy().roles.get("rep");
      if (rules === undefined) throw new Error("the policy has lost its role");
      return {
        first: ({ environment }) => rules.rule("tool:first", environment)?.effect === "allow",
        second: ({ environment }) => rules.rule("tool:second", environment)?.effect === "allow",
      };
    },
  },
  {
    name: fastestCel,
    async build() {
      const { Environment } = await import("@marcbachmann/cel-js");
      const environment = new Environment().registerVariable("args", "map");
      const [first, second] = [environment.parse(texts.first), environment.parse(texts.second)];
      return { first: ({ context }) => first(context), second: ({ context }) => second(context) };
    },
  },
  {
    name: "@bufbuild/cel",
    async build() {
      const { celEnv, isCelError, parse, plan } = await import("@bufbuild/cel");
      const compile = (text: string) => {
        const evaluate = plan(celEnv(), parse(text));
        return ({ context }: Call) => {
          const value = evaluate(context);
          if (isCelError(value)) throw value;
          return value;
        };
      };
      return { first: compile(texts.first), second: compile(texts.second) };
    },
  },
  {
    name: "json-logic-engine (generated code)",
    async build() {
      const engine = await logicEngine();
      const [first, second] = [engine.build(logic.first), engine.build(logic.second)];
      return { first: ({ context }) => first(context), second: ({ context }) => second(context) };
    },
  },
];

/** An engine of JSON Logic that knows `endsWith`, which is native code and so less work than the others do. */
export async function logicEngine() {
  const { LogicEngine } = await import("json-logic-engine");
  const engine = new LogicEngine();
  engine.addMethod("endsWith", ([text, end]: [unknown, string]) => typeof text === "string" && text.endsWith(end), {
    deterministic: true,
  });
  return engine;
}

function conditionalPolicy(): Policy {
  return parsePolicy(`
policies:
  - role: rep
    allow:
      - { scope: "tool:first", when: "${texts.first}" }
      - { scope: "tool:second", when: "${texts.second}" }
`);
}

function conditionOf({ roles }: Policy, scope: string) {
  const condition = roles.get("rep")?.matching(scope)[0]?.terms?.when;
  if (condition === undefined) throw new Error(`the policy has lost its condition of ${scope}`);
  return condition;
}
