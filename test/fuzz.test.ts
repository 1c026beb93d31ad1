import { createAuthorizer, type Diagnostic, type Policy, PolicyError, parsePolicy } from "@ambit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { anyPolicy } from "./generators/policy-arbitrary.ts";
import { printPolicy } from "./generators/print-policy.ts";
import { hostileVocabulary, plainVocabulary } from "./generators/vocabulary.ts";
import { covers } from "./reference/covers.ts";

const runs = Number(process.env["AMBIT_FUZZ_RUNS"] ?? 500);
// Nothing is said about how long it takes: a longer run is only not cut off.
const timeout = Math.max(60_000, runs * 100);

describe("a pattern covers what its definition by recursion says", () => {
  const segment = fc.constantFrom("a", "b", "A", "a.b", "a/b", "-");
  const scopes = fc.oneof(
    { weight: 4, arbitrary: fc.array(segment, { minLength: 1, maxLength: 4 }) },
    { weight: 1, arbitrary: fc.array(segment, { minLength: 14, maxLength: 16 }) },
    { weight: 1, arbitrary: fc.constantFrom(200, 255).map((length) => ["x".repeat(length - 2), "a"]) },
  );
  const segments = fc.array(fc.oneof(segment, fc.constant("*")), { minLength: 1, maxLength: 16 });
  const loose = fc
    .tuple(segments, fc.constantFrom([], ["**"]))
    .map(([head, tail]) => [...head, ...tail].slice(-16).join(":"));
  const near = scopes.chain((scope) =>
    fc
      .tuple(fc.array(fc.boolean(), { minLength: scope.length, maxLength: scope.length }), fc.nat(scope.length))
      .map(([stars, open]) => {
        const starred = scope.map((part, place) => (stars[place] ? "*" : part));
        const pattern = open === 0 ? starred : [...starred.slice(0, open - 1), "**"];
        return [scope.join(":"), pattern.join(":")] as const;
      }),
  );
  const pairs = fc.oneof(
    near,
    fc.tuple(
      scopes.map((parts) => parts.join(":")),
      loose,
    ),
  );
  const broken = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("**:a", "a*", "***", "a::b", ":", "", "a:", "\u0430", "a ".repeat(200)),
  );

  async function isAllowed(
    allow: readonly string[],
    { scope, held }: { readonly scope: string; readonly held: readonly string[] },
  ) {
    const policy = parsePolicy(JSON.stringify({ tools: { t: { scope } }, policies: [{ role: "a", allow }] }));
    const subject = { id: "u", roles: ["a"], scopes: held };
    const context = { subject, actor: { id: "bot" }, session: "s" };
    return (await createAuthorizer({ policy }).authorize({ tool: "t", arguments: {} }, context)).allowed;
  }

  it(
    "in a credential, where unreadable ones cover nothing",
    async () => {
      const property = fc.asyncProperty(pairs, fc.array(broken, { maxLength: 3 }), async ([scope, pattern], others) => {
        const held = others.filter((text) => text.length <= 256 && text.isWellFormed());
        expect(await isAllowed(["**"], { scope, held: [...held, pattern] })).toBe(
          [...held, pattern].some((text) => covers(text, scope)),
        );
      });
      await fc.assert(property, { numRuns: runs });
    },
    timeout,
  );

  it(
    "in a policy, alone and among many",
    async () => {
      const property = fc.asyncProperty(pairs, fc.array(pairs, { maxLength: 30 }), async ([scope, pattern], more) => {
        const allow = [pattern, ...more.map(([, other]) => other)];
        for (const patterns of [[pattern], allow]) {
          const expected = patterns.some((text) => covers(text, scope));
          expect(await isAllowed(patterns, { scope, held: ["**"] })).toBe(expected);
        }
      });
      await fc.assert(property, { numRuns: runs });
    },
    timeout,
  );
});

describe("a text is a policy, or an error with places in it", () => {
  const valid = fc.oneof(anyPolicy(plainVocabulary), anyPolicy(hostileVocabulary)).map(printPolicy);
  const texts = fc.oneof(
    valid,
    valid.map((text) => stringify(JSON.parse(text))),
  );
  const key = fc.constantFrom(
    "version",
    "tenant",
    "timezone",
    "roles",
    "tools",
    "policies",
    "agents",
    "users",
    "approvals",
    "budgets",
    "fail",
    "role",
    "allow",
    "deny",
    "scope",
    "when",
    "use",
    "arguments",
    "cost",
    "limit",
    "per",
    "obligations",
    "polices",
    "__proto__",
    "constructor",
  );
  const scalar = fc.oneof(
    fc.constantFrom<unknown>(
      "rep",
      "tool:crm:read",
      "**",
      "args.a == 1",
      "a(",
      "1.005",
      "10m",
      "day",
      "user",
      "open",
      1,
      -1,
      Number.POSITIVE_INFINITY,
      true,
      null,
      "",
    ),
    fc.string({ unit: "binary", maxLength: 8 }),
  );
  const { node } = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 5, depthSize: "medium" },
      scalar,
      fc.array(tie("node"), { maxLength: 3 }),
      fc.array(fc.tuple(key, tie("node")), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
    ),
  }));
  const yaml = fc.oneof(
    node.map((value) => stringify(value)),
    node.map((value) => JSON.stringify(value) ?? ""),
  );
  const splice = fc
    .tuple(
      texts,
      fc.array(
        fc.tuple(
          fc.nat(),
          fc.nat(6),
          fc.oneof(
            fc.string({ unit: "binary", maxLength: 3 }),
            fc.constantFrom(
              "\n",
              ": ",
              "- ",
              "{",
              "}",
              "[",
              "]",
              "&a",
              "*a",
              "!!str",
              "|",
              "#",
              "\t",
              "'",
              '"',
              "<<: ",
              "%YAML 1.1\n",
              "---\n",
              "? ",
            ),
          ),
        ),
        { minLength: 1, maxLength: 4 },
      ),
    )
    .map(([text, changes]) =>
      changes.reduce((changed, [at, cut, added]) => {
        const place = at % (changed.length + 1);
        return changed.slice(0, place) + added + changed.slice(place + cut);
      }, text),
    );
  const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => new TextDecoder().decode(array));

  it.each([
    ["files built from the language's keys", yaml],
    ["valid files with pieces cut out and put in", splice],
    ["any bytes", bytes],
    ["any text", fc.string({ unit: "binary", maxLength: 300 })],
  ])(
    "%s",
    (_name, documents) => {
      fc.assert(
        fc.property(documents, (text) => {
          const outcome = load(text);
          if (!(outcome instanceof PolicyError)) {
            expect(outcome.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
            return;
          }
          expect(outcome.diagnostics.some(({ severity }) => severity === "error")).toBe(true);
          const lines = text.split(/\r\n|\r|\n/);
          for (const diagnostic of outcome.diagnostics) expectPlace(diagnostic, lines);
        }),
        { numRuns: runs },
      );
    },
    timeout,
  );

  it(
    "a text that loads, loads again to the same digest, and one that does not fails the same",
    () => {
      const property = fc.property(splice, (text) => {
        const [once, twice] = [load(text), load(text)];
        if (once instanceof PolicyError) expect(twice).toMatchObject({ message: once.message });
        else expect(twice).toMatchObject({ digest: once.digest });
      });
      fc.assert(property, { numRuns: runs / 5 });
    },
    timeout,
  );
});

function load(text: string): Policy | PolicyError {
  try {
    return parsePolicy(text);
  } catch (error) {
    if (error instanceof PolicyError) return error;
    throw error;
  }
}

function expectPlace({ line, column, length, message }: Diagnostic, lines: readonly string[]): void {
  expect(line).toBeGreaterThanOrEqual(1);
  expect(line, message).toBeLessThanOrEqual(lines.length);
  expect(column).toBeGreaterThanOrEqual(1);
  expect(column, message).toBeLessThanOrEqual((lines[line - 1] ?? "").length + 1);
  expect(length).toBeGreaterThanOrEqual(1);
}
