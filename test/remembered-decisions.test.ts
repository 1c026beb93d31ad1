import { type AuditRecord, createAuthorizer, createMemoryStore, type Policy, parsePolicy } from "@ambit/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { splitRequest } from "./generators/ask-decision-point.ts";
import { isLoadable, propertyRuns } from "./generators/decision-property.ts";
import { anyPolicy } from "./generators/policy-arbitrary.ts";
import type { Entries, PolicyDocument, Request } from "./generators/policy-document.ts";
import { printPolicy } from "./generators/print-policy.ts";
import { anyRequest } from "./generators/request-arbitrary.ts";
import { plainVocabulary } from "./generators/vocabulary.ts";

/** What stateful rules ask of the calls: few enough of them are permitted for the limits to be reached, and not at once. */
const bounds = {
  rules: [
    {
      id: "after",
      after: "tool:crm:read",
      deny: "tool:mail:send:external",
      same: "args.note",
      when: "args.amount > 50",
    },
    { id: "before", before: "tool:crm:write", require: "tool:crm:read", same: "args.deep.note", within: "1m" },
  ],
  limits: [{ id: "often", per: ["user", "tool"], max: 5, window: "1h" }],
  budgets: [{ id: "money", per: "agent", limit: 60, window: "hour" }],
};

/** A policy file with rules that state decides, and a tool that mostly nothing else decides. */
function textOf(policy: PolicyDocument): string {
  const document: PolicyDocument = JSON.parse(printPolicy(policy));
  const granted = (entry: Entries) => ({ ...entry, allow: [...(entry.allow ?? []), "tool:pay"] });
  const { policies, agents, tools } = document;
  return JSON.stringify({
    ...document,
    ...bounds,
    policies: policies?.map(granted),
    agents: agents?.map(granted),
    tools: tools && { ...tools, pay: { scope: "tool:pay", cost: "0.5 * args.amount" } },
  });
}

const place = fc.constantFrom(0 as const, 0 as const, 1 as const, 2 as const);
/** Milliseconds. */
const passed = fc.constantFrom(0, 1, 1_000, 60_000, 600_000, -1_000, 3_600_000);

/** Makes calls under one policy, and gives what was said and written of each. `forgets`: by an authorizer of its own for each. */
class Caller {
  #now = 0;
  #ids = 0;
  readonly #store = createMemoryStore({ epoch: "one" });
  readonly #records: AuditRecord[] = [];
  readonly #policy: Policy;
  readonly #authorizer: ReturnType<typeof createAuthorizer> | undefined;

  constructor(text: string, { forgets }: { readonly forgets: boolean }) {
    this.#policy = parsePolicy(text);
    this.#authorizer = forgets ? undefined : this.#create();
  }

  #create() {
    return createAuthorizer({
      policy: this.#policy,
      store: this.#store,
      clock: () => this.#now,
      newId: () => {
        this.#ids += 1;
        return `id ${this.#ids}`;
      },
      obligations: { archive: () => undefined, notify: () => undefined },
      audit: { append: (record) => void this.#records.push(record) },
    });
  }

  async call(request: Request): Promise<string> {
    const { call, context, now } = splitRequest(request);
    this.#now = now;
    const given = await (this.#authorizer ?? this.#create()).run(call, context, (args) => args);
    return JSON.stringify([given, this.#records.splice(0)]);
  }
}

/** Calls that differ in few of their members, so that most are like an earlier one but for something. */
const alike: fc.Arbitrary<Request[]> = fc
  .record({
    pool: fc.tuple(anyRequest(plainVocabulary), anyRequest(plainVocabulary), anyRequest(plainVocabulary)),
    picks: fc.array(fc.record({ from: fc.tuple(place, place, place, place, place), pays: fc.boolean(), passed }), {
      minLength: 30,
      maxLength: 60,
    }),
  })
  .map(({ pool, picks }) => {
    let now = pool[0].now;
    return picks.map(({ from: [tool, args, subject, actor, rest], pays, passed: milliseconds }) => {
      now = Math.max(0, now + milliseconds);
      const name = pays ? "pay" : pool[tool].tool;
      const who = { subject: pool[subject].subject, actor: pool[actor].actor };
      return { ...pool[rest], ...who, tool: name, arguments: pool[args].arguments, now };
    });
  });

it("D5: an authorizer that has answered many calls answers and records the next one as one that has answered none", async () => {
  let permits = 0;
  const property = fc.asyncProperty(anyPolicy(plainVocabulary).filter(isLoadable), alike, async (policy, list) => {
    const text = textOf(policy);
    const [remembering, forgetting] = [new Caller(text, { forgets: false }), new Caller(text, { forgets: true })];
    for (const request of list) {
      const said = await remembering.call(request);
      expect(said).toBe(await forgetting.call(request));
      if (said.startsWith('[{"executed":true')) permits += 1;
    }
  });
  await fc.assert(property, { numRuns: propertyRuns / 8 });
  expect(permits).toBeGreaterThan(propertyRuns / 8);
});
