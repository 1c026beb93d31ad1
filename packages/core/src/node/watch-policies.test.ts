import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMemoryAuditLog } from "../audit/memory-audit-log.ts";
import { createAuthorizer } from "../create-authorizer.ts";
import { parsePolicy } from "../policy/parse-policy.ts";
import { PolicyError } from "../policy/policy-error.ts";
import type { CallContext } from "../tool-call.ts";
import { type WatchedPolicies, watchPolicies } from "./watch-policies.ts";

let folder = "";
let errors: unknown[] = [];
let reloads: string[] = [];
let policies: WatchedPolicies | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ambit-directory-"));
  errors = [];
  reloads = [];
  await write("acme.yaml", policyOf("acme", "tool:read"));
  await write("globex.yaml", policyOf("globex", "tool:read"));
});
afterEach(async () => {
  policies?.close();
  await rm(folder, { recursive: true });
});

const policyOf = (tenant: string, scope: string) => `tenant: ${tenant}\npolicies: [{ role: rep, allow: [${scope}] }]\n`;

/** As deployments do: under another name first. */
async function write(name: string, text: string): Promise<void> {
  await writeFile(join(folder, `${name}.new`), text);
  await rename(join(folder, `${name}.new`), join(folder, name));
}

async function watch(): Promise<WatchedPolicies> {
  policies = await watchPolicies(folder, {
    interval: 60_000,
    settle: 0,
    onReload: (tenant, { digest }) => reloads.push(`${tenant} ${digest}`),
    onError: (error) => errors.push(error),
  });
  return policies;
}

/** The tenants, each with the first tool that its representatives may use. */
function allowed({ tenants }: WatchedPolicies): Record<string, string | undefined> {
  const entries = [...tenants].map(([tenant, policy]) => {
    const tools = ["read", "write", "send"].filter(
      (tool) => policy.roles.get("rep")?.rule(`tool:${tool}`, undefined)?.effect === "allow",
    );
    return [tenant, tools[0]] as const;
  });
  return Object.fromEntries(entries);
}

const codes = () =>
  errors.flatMap((error) => (error instanceof PolicyError ? error.diagnostics.map(({ code }) => code) : [error]));

describe("each file is followed on its own", () => {
  it("what is written to one changes its tenant's policy alone", async () => {
    const watched = await watch();
    const globex = watched.tenants.get("globex");
    const text = policyOf("acme", "tool:write");
    await write("acme.yaml", text);
    await watched.refresh();
    expect(allowed(watched)).toEqual({ acme: "write", globex: "read" });
    expect(watched.tenants.get("globex")).toBe(globex);
    expect(reloads).toEqual([`acme ${parsePolicy(text).digest}`]);
    expect(errors).toEqual([]);
  });

  it("one that becomes invalid changes nothing and is reported once, while the others go on", async () => {
    const watched = await watch();
    const acme = watched.tenants.get("acme");
    await write("acme.yaml", "tenant: acme\npolices: []\n");
    await write("globex.yaml", policyOf("globex", "tool:send"));
    await watched.refresh();
    await watched.refresh();
    expect(watched.tenants.get("acme")).toBe(acme);
    expect(allowed(watched)).toEqual({ acme: "read", globex: "send" });
    expect(codes()).toEqual(["unknown_key"]);
    await write("acme.yaml", policyOf("acme", "tool:write"));
    await watched.refresh();
    expect(allowed(watched)).toEqual({ acme: "write", globex: "send" });
  });

  it.each<[string, string, string]>([
    ["without a tenant", "policies: []\n", "missing_key"],
    ["of a tenant that has a file", policyOf("globex", "tool:write"), "duplicate_id"],
  ])("a file %s changes nothing and is reported", async (_name, text, code) => {
    const watched = await watch();
    await write("acme.yaml", text);
    await write("new.yaml", text);
    await watched.refresh();
    expect(allowed(watched)).toEqual({ acme: "read", globex: "read" });
    expect(codes()).toEqual([code, code]);
  });

  it("a new file adds its tenant", async () => {
    const watched = await watch();
    await write("initech.yml", policyOf("initech", "tool:send"));
    await write("initech.test.yaml", "no: policy");
    await watched.refresh();
    expect(allowed(watched)).toEqual({ acme: "read", globex: "read", initech: "send" });
    expect(errors).toEqual([]);
  });

  it("a file may change to a tenant that has none; its former tenant then has none", async () => {
    const watched = await watch();
    await write("acme.yaml", policyOf("initech", "tool:write"));
    await watched.refresh();
    expect(allowed(watched)).toEqual({ globex: "read", initech: "write" });
  });

  it("a file that was refused for its tenant is taken once the tenant is free", async () => {
    const watched = await watch();
    await write("a.yaml", policyOf("globex", "tool:write"));
    await watched.refresh();
    expect(codes()).toEqual(["duplicate_id"]);
    await write("globex.yaml", policyOf("initech", "tool:send"));
    await watched.refresh();
    await watched.refresh();
    expect(allowed(watched)).toEqual({ acme: "read", globex: "write", initech: "send" });
  });
});

describe("a file that is gone", () => {
  it("takes its tenant's policy with it at the second look, and that is reported", async () => {
    const watched = await watch();
    const authorizer = createAuthorizer({ policy: watched });
    const context: CallContext = {
      subject: { id: "u", tenant: "acme", roles: ["rep"], scopes: ["tool:**"] },
      actor: { id: "a" },
      session: "s",
    };
    const call = { tool: "read", arguments: {}, id: "c" };
    await rm(join(folder, "acme.yaml"));
    await watched.refresh();
    expect((await authorizer.authorize(call, context)).allowed).toBe(true);
    await watched.refresh();
    expect((await authorizer.authorize(call, context)).allowed).toBe(false);
    expect(allowed(watched)).toEqual({ globex: "read" });
    expect(errors).toMatchObject([{ message: expect.stringContaining('the tenant "acme" has no policy') }]);
    await watched.refresh();
    expect(errors).toHaveLength(1);
    await write("acme.yaml", policyOf("acme", "tool:write"));
    await watched.refresh();
    expect(allowed(watched)).toEqual({ acme: "write", globex: "read" });
  });

  it("and is back at the second look changes nothing", async () => {
    const watched = await watch();
    await rename(join(folder, "acme.yaml"), join(folder, "away"));
    await watched.refresh();
    await rename(join(folder, "away"), join(folder, "acme.yaml"));
    await watched.refresh();
    await watched.refresh();
    expect(allowed(watched)).toEqual({ acme: "read", globex: "read" });
    expect(errors).toEqual([]);
  });

  it("because it has another name now leaves its tenant with a policy all the time", async () => {
    const watched = await watch();
    await rename(join(folder, "acme.yaml"), join(folder, "renamed.yaml"));
    for (let look = 0; look < 3; look += 1) {
      await watched.refresh();
      expect(allowed(watched)).toEqual({ acme: "read", globex: "read" });
    }
    expect(errors).toEqual([]);
    await write("renamed.yaml", policyOf("acme", "tool:write"));
    await watched.refresh();
    expect(allowed(watched)).toEqual({ acme: "write", globex: "read" });
  });

  it("together with its directory changes nothing, and is reported once", async () => {
    const watched = await watch();
    await rename(folder, `${folder}-away`);
    for (let look = 0; look < 3; look += 1) await watched.refresh();
    expect(allowed(watched)).toEqual({ acme: "read", globex: "read" });
    expect(codes()).toEqual(["unreadable_file"]);
    await rename(`${folder}-away`, folder);
    await write("acme.yaml", policyOf("acme", "tool:write"));
    await watched.refresh();
    expect(allowed(watched)).toEqual({ acme: "write", globex: "read" });
  });

  it("because a directory took its place changes nothing, and is reported", async () => {
    const watched = await watch();
    await rm(join(folder, "acme.yaml"));
    await mkdir(join(folder, "acme.yaml"));
    for (let look = 0; look < 3; look += 1) await watched.refresh();
    expect(allowed(watched)).toEqual({ acme: "read", globex: "read" });
    expect(codes()).toEqual(["unreadable_file"]);
  });
});

it("D7: a call ends with the policy of its tenant that it began with, and its record says which", async () => {
  const watched = await watch();
  const before = watched.tenants.get("acme")?.digest;
  const audit = createMemoryAuditLog();
  const slow = {
    append: async (record: Parameters<typeof audit.append>[0]) => {
      await write("acme.yaml", policyOf("acme", "tool:write"));
      await watched.refresh();
      await audit.append(record);
    },
  };
  const authorizer = createAuthorizer({ policy: watched, audit: slow, deadline: 60_000 });
  const subject = { id: "u", tenant: "acme", roles: ["rep"], scopes: ["tool:**"] };
  const context: CallContext = { subject, actor: { id: "a" }, session: "s" };
  expect((await authorizer.authorize({ tool: "read", arguments: {}, id: "c" }, context)).allowed).toBe(true);
  expect(allowed(watched)).toEqual({ acme: "write", globex: "read" });
  expect(audit.records[0]).toMatchObject({ decision: "permit", policy: before });
});

it("does not begin with a directory in which any file is not valid", async () => {
  await write("bad.yaml", "polices: []");
  await expect(watch()).rejects.toBeInstanceOf(PolicyError);
});
