import fc from "fast-check";
import type { Comparison, Condition, Quantifier, Term } from "./policy-document.ts";
import { words } from "./vocabulary.ts";

const attribute = (...path: string[]): Term => ({ kind: "attribute", path });
const literal = (value: string | number | boolean | readonly (string | number)[] | null): Term => ({
  kind: "literal",
  value,
});
const compared = (operators: readonly Comparison[], left: fc.Arbitrary<Term>, right: fc.Arbitrary<Term>) =>
  fc.record({ kind: fc.constantFrom(...operators), left, right });

const orders = ["==", "!=", "<", "<=", ">", ">="] as const;
const amount = fc.constant(attribute("args", "amount"));
const note = fc.constantFrom(attribute("args", "note"), attribute("args", "deep", "note"));
const list = fc.constantFrom(attribute("args", "to"), attribute("subject", "roles"), attribute("subject", "scopes"));
const word = fc.constantFrom(...words).map(literal);
const number = fc.constantFrom(0, 1, 100, 200, 99.5, -1).map(literal);

/** Conditions of one test each, which hold to the types of the arguments. */
const orderly: fc.Arbitrary<Condition> = fc.oneof(
  { weight: 6, arbitrary: compared(orders, amount, number) },
  {
    weight: 2,
    arbitrary: compared(
      orders,
      list.map((of) => ({ kind: "size", of }) as const),
      number,
    ),
  },
  { weight: 3, arbitrary: compared(["==", "!=", "<", ">=", "startsWith", "endsWith"], note, word) },
  { weight: 2, arbitrary: compared(["in"], word, list) },
  { weight: 1, arbitrary: compared(["in"], note, fc.constantFrom(literal(["a", "b"]), attribute("args", "to"))) },
  {
    weight: 1,
    arbitrary: compared(
      ["==", "!="],
      fc.constant(attribute("args", "to")),
      fc.constantFrom(attribute("subject", "roles"), literal(["a"])),
    ),
  },
  {
    weight: 2,
    arbitrary: compared(
      ["==", "!="],
      fc.constantFrom(
        attribute("actor", "tier"),
        attribute("subject", "tenant"),
        attribute("session", "id"),
        attribute("actor", "id"),
      ),
      word,
    ),
  },
  {
    weight: 1,
    arbitrary: compared(
      orders,
      fc.constant(attribute("now")),
      fc.constantFrom("2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z").map((text): Term => ({ kind: "moment", text })),
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(["args", "note"], ["args", "flag"], ["args", "deep", "note"], ["actor", "tier"])
      .map((path): Condition => ({ kind: "has", path })),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(attribute("args", "flag"), literal(true))
      .map((term): Condition => ({ kind: "holds", term })),
  },
);

/** Conditions that take no heed of types, or ask for what is inherited. */
const careless: fc.Arbitrary<Condition> = fc.oneof(
  compared(["==", "!="], note, fc.constant(literal(null))),
  compared(["in"], word, fc.constant(attribute("args"))),
  compared(["==", "<"], amount, note),
  compared(["==", "!="], fc.constant(attribute("args", "note")), number),
  fc.constant<Condition>({ kind: "has", path: ["args", "constructor"] }),
  fc.constant<Condition>({ kind: "holds", term: attribute("args", "amount") }),
);

const overLists: fc.Arbitrary<Condition> = fc
  .record({
    kind: fc.constantFrom<Quantifier>("all", "exists"),
    variable: fc.constantFrom("x", "entry"),
    list,
    body: fc.constant(true),
  })
  .chain(({ kind, variable, list: range }) =>
    fc
      .oneof(
        compared(["==", "!=", "startsWith", "endsWith", "<"], fc.constant(attribute(variable)), word),
        compared(["in"], fc.constant(attribute(variable)), list),
      )
      .map((body): Condition => ({ kind, variable, list: range, body })),
  );

function combine(simple: fc.Arbitrary<Condition>): fc.Arbitrary<Condition> {
  return fc.letrec<{ condition: Condition }>((tie) => ({
    condition: fc.oneof(
      { maxDepth: 2, depthSize: "small" },
      { weight: 6, arbitrary: simple },
      { weight: 2, arbitrary: overLists },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constantFrom("&&" as const, "||" as const),
          left: tie("condition"),
          right: tie("condition"),
        }),
      },
      { weight: 1, arbitrary: tie("condition").map((condition): Condition => ({ kind: "!", condition })) },
    ),
  })).condition;
}

/** Conditions over the people and arguments that the request generators make, right by the arguments' types. */
export const typedCondition: fc.Arbitrary<Condition> = combine(orderly);

/** Conditions over the same, some of which can never be evaluated. */
export const anyCondition: fc.Arbitrary<Condition> = combine(
  fc.oneof({ weight: 5, arbitrary: orderly }, { weight: 1, arbitrary: careless }),
);
