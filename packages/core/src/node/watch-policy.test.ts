import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createMemoryAuditLog } from "../audit/memory-audit-log.ts";
import { createAuthorizer } from "../create-authorizer.ts";
import { PolicyError } from "../policy/policy-error.ts";
import type { CallContext } from "../tool-call.ts";
import { watchPolicy } from "./watch-policy.ts";

const allowing = "policies: [{ role: rep, allow: [tool:read] }]\n";
const denying = "policies: [{ role: rep, deny: [tool:read] }]\n";
const context: CallContext = {
  subject: { id: "u", roles: ["rep"], scopes: ["tool:**"] },
  actor: { id: "a" },
  session: "s",
};
const call = { tool: "read", arguments: {}, id: "c1" };

let folder = "";
let path = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ambit-watch-"));
  path = join(folder, "policy.yaml");
  await writeFile(path, allowing);
});
afterEach(() => rm(folder, { recursive: true }));

it("a new file takes effect for the next call, also when it was renamed into place", async () => {
  const policy = await watchPolicy(path, { interval: 60_000 });
  const authorizer = createAuthorizer({ policy });
  expect((await authorizer.run(call, context, () => 1)).executed).toBe(true);
  await writeFile(`${path}.new`, denying);
  await rename(`${path}.new`, path);
  await policy.refresh();
  expect((await authorizer.run(call, context, () => 1)).executed).toBe(false);
  policy.close();
});

it("I4: a permit that was given under the policy before is not used under the new one", async () => {
  const policy = await watchPolicy(path, { interval: 60_000 });
  const authorizer = createAuthorizer({ policy });
  expect((await authorizer.authorize(call, context)).allowed).toBe(true);
  await writeFile(path, denying);
  await policy.refresh();
  expect((await authorizer.run(call, context, () => 1)).executed).toBe(false);
  policy.close();
});

it("D7: a call ends with the policy that it began with, and its record says which", async () => {
  const policy = await watchPolicy(path, { interval: 60_000 });
  const before = policy.current.digest;
  const audit = createMemoryAuditLog();
  const slow = {
    append: async (record: Parameters<typeof audit.append>[0]) => {
      await writeFile(path, denying);
      await policy.refresh();
      await audit.append(record);
    },
  };
  const authorizer = createAuthorizer({ policy, audit: slow });
  expect((await authorizer.run(call, context, () => 1)).executed).toBe(true);
  expect(policy.current.digest).not.toBe(before);
  expect(audit.records[0]).toMatchObject({ decision: "permit", policy: before });
  policy.close();
});

it.each([
  ["invalid", () => writeFile(path, "polices: []")],
  ["missing", () => rm(path)],
])("a file that becomes %s changes nothing, and is reported once", async (_name, spoil) => {
  const errors: unknown[] = [];
  const policy = await watchPolicy(path, { interval: 60_000, onError: (error) => errors.push(error) });
  const before = policy.current;
  await spoil();
  await policy.refresh();
  await policy.refresh();
  expect(policy.current).toBe(before);
  expect(errors).toEqual([expect.any(PolicyError)]);
  await writeFile(path, denying);
  await policy.refresh();
  expect(policy.current.roles.get("rep")?.rule("tool:read", undefined)?.effect).toBe("deny");
  policy.close();
});

it("follows the file by itself", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const policy = await watchPolicy(path, { interval: 5, onReload: ({ digest }) => resolve(digest) });
  await writeFile(path, denying);
  expect(await promise).toBe(policy.current.digest);
  policy.close();
});

it("does not begin with a file that is not valid", async () => {
  await writeFile(path, "polices: []");
  await expect(watchPolicy(path)).rejects.toBeInstanceOf(PolicyError);
});
