import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkPermissions } from "../check-permissions.ts";
import { createAuthorizer } from "../create-authorizer.ts";
import { parsePolicy } from "./parse-policy.ts";

const policy = parsePolicy(readFileSync(join(import.meta.dirname, "fixtures/seed-policy.yaml"), "utf8"));
const names = ["crm:read", "crm:write", "email:draft", "email:send:internal", "email:send:external", "email:send"];
const matrix: Readonly<Record<string, readonly (keyof typeof words)[]>> = {
  rep: ["allowed", "denied", "allowed", "allowed", "denied", "nothing"],
  manager: ["allowed", "allowed", "nothing", "allowed", "allowed", "nothing"],
  guest: ["unknown", "unknown", "unknown", "unknown", "unknown", "unknown"],
};
const words = {
  allowed: (role: string, name: string) => [true, undefined, `role:${role} allowed tool:${name}`, "allow"],
  denied: (role: string, name: string) => [false, "forbidden", `role:${role} denied tool:${name}`, "deny"],
  nothing: (role: string) => [false, "not_granted", `no rule of role:${role} allows this tool`, undefined],
  unknown: () => [false, "not_granted", "no role of this user is in the policy", undefined],
} as const;
const cases = Object.entries(matrix).flatMap(([role, row]) =>
  row.map((kind, place) => [role, names[place] ?? "", kind] as const),
);

describe("the article's policy decides what it decides in the article, and says why in the same words", () => {
  it.each(cases)("%s, %s: %s", async (role, name, kind) => {
    const [allowed, code, reason, effect] = words[kind](role, name);
    const rule = effect === undefined ? undefined : `role:${role} ${effect} tool:${name}`;
    const answer = checkPermissions({ user: { sub: "u", role }, tool: name, scopes: ["tool:**"], policy });
    expect(answer).toEqual({ allowed, code: code ?? "permitted", reason, rule, logged: false });

    const subject = { id: "u", roles: [role], scopes: ["tool:**"] };
    const context = { subject, actor: { id: "sales-assistant" }, session: "s" };
    const decision = await createAuthorizer({ policy }).authorize({ tool: name, arguments: {} }, context);
    expect(decision).toMatchObject({ allowed, reason, rule });
    if (!decision.allowed) expect(decision.code).toBe(code);
  });
});
