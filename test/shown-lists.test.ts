import { type AuditRecord, createAuthorizer, type Decision, parsePolicy } from "@ambit/core";
import { expect, it } from "vitest";

const text = `
tools:
  wipe: { scope: tool:wipe }
  read: { scope: [{ when: args.all, use: [tool:read, tool:wipe] }, { use: tool:read }], labels: [private] }
policies:
  - role: rep
    allow: [{ scope: tool:read, obligations: [{ id: mask, type: mask, properties: { fields: [name, iban] } }] }]
    deny: [tool:wipe]
`;

/** Changes whatever can be changed of a value, and all that it holds. */
function scribble(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const member of Object.values(value)) scribble(member);
  for (const name of Object.keys(value)) Reflect.set(value, name, "tool:read");
  if (Array.isArray(value) && !Object.isFrozen(value)) value.push("tool:read");
}

it("D7: whoever is shown a decision, a record or a duty changes nothing of what is decided later by writing into it", async () => {
  let scribbles = false;
  const records: string[] = [];
  const audit = {
    append: (record: AuditRecord) => {
      records.push(JSON.stringify(record));
      if (scribbles) scribble(record);
    },
  };
  const obligations = {
    mask: (...given: readonly unknown[]) => {
      if (scribbles) scribble(given);
    },
  };
  const clock = () => 0;
  const authorizer = createAuthorizer({ policy: parsePolicy(text), audit, obligations, clock, newId: () => "id" });
  const subject = { id: "u", roles: ["rep"], scopes: ["**"] };
  const context = { subject, actor: { id: "bot" }, session: "s" };
  const round = async (): Promise<Decision[]> => {
    const decisions: Decision[] = [];
    for (const [tool, args, as] of [
      ["wipe", {}, context],
      ["read", { all: false }, context],
      ["read", { all: true }, context],
      ["unheard-of", {}, context],
      ["read", { all: false }, undefined],
    ] as const) {
      decisions.push((await authorizer.run({ tool, arguments: args }, as, () => undefined)).decision);
    }
    return decisions;
  };
  const before = { said: JSON.stringify(await round()), wrote: records.splice(0) };
  scribbles = true;
  for (let time = 0; time < 3; time += 1) scribble(await round());
  records.splice(0);
  scribbles = false;
  expect({ said: JSON.stringify(await round()), wrote: records }).toEqual(before);
});
