import fc from "fast-check";
import type { Request, Value } from "./policy-document.ts";
import { type Vocabulary, words } from "./vocabulary.ts";

const word = fc.constantFrom(...words);
const wrong = fc.constantFrom<Value>(null, true, 1, "a", ["a"], [1, "a"], [null], {}, { a: 1, constructor: 2 });

/** An argument that is mostly there and mostly of its type. */
function mostly(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> {
  return fc.oneof(
    { weight: 6, arbitrary: value },
    { weight: 1, arbitrary: wrong },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}

const ordinaryArguments = fc.record({
  amount: mostly(fc.constantFrom(0, 1, 50, 100, 150, 200, 201, 99.5, -1, 1000)),
  note: mostly(word),
  to: mostly(fc.array(word, { maxLength: 3 })),
  flag: mostly(fc.boolean()),
  deep: mostly(fc.record({ note: word })),
});
const strangeArguments = fc
  .array(fc.tuple(fc.constantFrom("constructor", "__proto__", "toString", "extra", "amount"), wrong), { maxLength: 2 })
  .map((entries) => Object.fromEntries(entries));
const anyArguments = fc
  .tuple(
    ordinaryArguments,
    fc.oneof({ weight: 19, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: strangeArguments }),
  )
  .map(([ordinary, strange]) => Object.fromEntries(Object.entries({ ...ordinary, ...strange }).filter(isThere)));

function isThere(entry: [string, Value | undefined]): entry is [string, Value] {
  return entry[1] !== undefined;
}

/** Calls over the names of a vocabulary. */
export function anyRequest(names: Vocabulary): fc.Arbitrary<Request> {
  const brought = fc.array(fc.constantFrom(...names.patterns, ...names.brought), { maxLength: 4 });
  return fc
    .record({
      tool: fc.constantFrom(...names.tools, ...names.calls),
      arguments: anyArguments,
      subject: fc.record({
        id: fc.constantFrom(...names.users),
        issuer: fc.option(fc.constantFrom(...names.issuers), { nil: undefined }),
        tenant: fc.oneof(
          { weight: 4, arbitrary: fc.constantFrom(...names.tenants) },
          fc.constantFrom(undefined, "globex"),
        ),
        roles: fc.oneof(
          { weight: 9, arbitrary: fc.array(fc.constantFrom(...names.roles), { minLength: 1, maxLength: 3 }) },
          fc.constant([]),
        ),
        scopes: fc.oneof({ weight: 6, arbitrary: fc.constant(["tool:**"]) }, brought),
      }),
      actor: fc.record({
        id: fc.constantFrom(...names.agents),
        tier: fc.constantFrom("interactive", "background", undefined),
      }),
      session: fc.constantFrom("s1", "a"),
      grant: fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, brought),
      now: fc.constantFrom("2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z", "2026-07-01T00:00:00Z").map(Date.parse),
    })
    .map((request) => ({ ...request, subject: drop(request.subject), actor: drop(request.actor) }) as Request)
    .map(drop); // Where a key is dropped it was optional.
}

function drop<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T; // Only what was undefined goes.
}
