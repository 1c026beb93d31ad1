import { createAuthorizer, type Decision, type Deny, type Permit, parsePolicy, PolicyError } from "@ambit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyPolicy } from "./generators/policy-arbitrary.ts";
import { operatorsOf, printPolicy } from "./generators/print-policy.ts";
import { anyRequest } from "./generators/request-arbitrary.ts";
import { hostileVocabulary, plainVocabulary, type Vocabulary } from "./generators/vocabulary.ts";
import { decide } from "./reference/decide.ts";

const sets: [string, Vocabulary][] = [["plain", plainVocabulary], ["hostile", hostileVocabulary]];
describe("try", () => {
  it.each(sets)("%s", async (_name, names) => {
    const count: Record<string, number> = {};
    const bump = (key: string) => { count[key] = (count[key] ?? 0) + 1; };
    const best = new Map<string, string>();
    const shown = new Map<string, number>();
    const sample = fc.sample(fc.record({ policy: anyPolicy(names), requests: fc.array(anyRequest(names), { minLength: 4, maxLength: 4 }) }), { numRuns: Number(process.env["N"] ?? 1000), seed: 42 });
    const start = Date.now();
    for (const { policy, requests } of sample) {
      for (const op of operatorsOf(policy)) bump("op " + op);
      let loaded;
      try { loaded = parsePolicy(printPolicy(policy)); } catch (error) {
        if (!(error instanceof PolicyError)) throw error;
        const k = error.diagnostics[0]?.code + " " + error.diagnostics[0]?.message.slice(0, 50);
        bump("bad " + k);
        if (!shown.has(k)) { shown.set(k, 1); console.log(error.message); }
        continue;
      }
      let now = 0;
      const authorizer = createAuthorizer({ policy: loaded, clock: () => now, obligations: { archive: () => {}, notify: () => {} } });
      for (const request of requests) {
        now = request.now;
        const expected = decide(policy, request);
        const { tool, arguments: args, ...context } = request;
        const got = await authorizer.authorize({ tool, arguments: args }, context as never);
        bump("total");
        bump(expected.outcome);
        const code = got.allowed ? "permit" : got.code;
        const rules = got.rule === undefined ? [] : got.rule.split(", ");
        const ok = expected.reasons.some((r) => r.code === code && (rules.length === 0 ? r.rules.length === 0 : rules.every((rule) => r.rules.includes(rule))));
        const codes = [...new Set(expected.reasons.map((r) => r.code))].sort().join("+");
        bump(`codes ${codes} -> ${code}`);
        let k = ok ? "" : `${codes} ${expected.reasons.some((r) => r.unknown)} vs ${code} ${expected.reasons.some((r) => r.code === code)}`;
        if (got.allowed && ok) {
          if (JSON.stringify([...new Set(expected.obligations.map((o) => JSON.stringify([o.id, o.type])))].sort()) !== JSON.stringify([...new Set(got.obligations.map((o) => JSON.stringify([o.id, o.type])))].sort())) k = "OBLIGATIONS";
          if (JSON.stringify([...new Set(expected.degraded)].sort()) !== JSON.stringify([...got.degraded].sort())) k = "DEGRADED";
        }
        if (k !== "") {
          bump("DIFF " + k);
          const text = ["#### " + k, printPolicy(policy), JSON.stringify(request), JSON.stringify(expected), JSON.stringify(got)].join("\n");
          if (text.length < (best.get(k)?.length ?? 1e9)) best.set(k, text);
        }
      }
    }
    for (const text of best.values()) console.log(text);
    console.log(Date.now() - start, count);
  });
});
