import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createAuthorizer } from "../create-authorizer.ts";
import { PolicyError } from "../policy/policy-error.ts";
import type { CallContext } from "../tool-call.ts";
import { loadPolicies } from "./load-policies.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ambit-tenants-"));
});
afterEach(() => rm(folder, { recursive: true }));

const write = (name: string, text: string) => writeFile(join(folder, name), text);
const policyOf = (tenant: string, scope: string) => `tenant: ${tenant}\npolicies: [{ role: rep, allow: [${scope}] }]\n`;

async function refusal(): Promise<PolicyError> {
  try {
    await loadPolicies(folder);
  } catch (error) {
    if (error instanceof PolicyError) return error;
    throw error;
  }
  return expect.unreachable("the directory was accepted");
}

it("each file decides for its own tenant, and for nobody else", async () => {
  await write("a.yaml", policyOf("acme", "tool:read"));
  await write("b.yml", policyOf("globex", "tool:write"));
  const authorizer = createAuthorizer({ policy: await loadPolicies(folder) });
  const allowed = async (tenant: string | undefined, tool: string) => {
    const subject = { id: "u", roles: ["rep"], scopes: ["tool:**"], ...(tenant === undefined ? {} : { tenant }) };
    const context: CallContext = { subject, actor: { id: "a" }, session: "s" };
    return (await authorizer.authorize({ tool, arguments: {}, id: "c" }, context)).allowed;
  };
  expect(await allowed("acme", "read")).toBe(true);
  expect(await allowed("acme", "write")).toBe(false);
  expect(await allowed("globex", "write")).toBe(true);
  expect(await allowed("globex", "read")).toBe(false);
  expect(await allowed("initech", "read")).toBe(false);
  expect(await allowed(undefined, "read")).toBe(false);
});

it("only policy files are read: no hidden ones, no tests, nothing further down", async () => {
  await write("acme.yaml", policyOf("acme", "tool:read"));
  for (const name of [".hidden.yaml", "acme.test.yaml", "acme.test.yml", "acme.yaml.orig", "notes.txt", "yaml"]) {
    await write(name, "no: policy");
  }
  await mkdir(join(folder, "more"));
  await write("more/globex.yaml", "no: policy");
  expect([...(await loadPolicies(folder)).tenants.keys()]).toEqual(["acme"]);
});

it("a directory without files allows nobody anything", async () => {
  expect((await loadPolicies(folder)).tenants.size).toBe(0);
});

it("all problems of all files are told together, each with the line of its own file", async () => {
  await write("a.yaml", "tenant: acme\npolicies:\n  - role: rep\n    alow: [x]\n");
  await write("b.yaml", policyOf("globex", "tool:read"));
  await write("c.yaml", "tenant: initech\nfail: ajar\n");
  await mkdir(join(folder, "d.yaml"));
  const error = await refusal();
  expect(error.diagnostics.map(({ code, file, line }) => [code, file.slice(folder.length + 1), line])).toEqual([
    ["unknown_key", "a.yaml", 4],
    ["invalid_value", "c.yaml", 2],
    ["unreadable_file", "d.yaml", 1],
  ]);
  expect(error.message).toContain("  4 |     alow: [x]");
  expect(error.message).toContain("  2 | fail: ajar");
});

it.each([
  ["no tenant", "fail: closed\n", "missing_key", 'add "tenant"'],
  ["no text at all", "", "missing_key", 'add "tenant"'],
  ["an empty tenant", 'tenant: ""\n', "invalid_value", "write the tenant's name"],
  ["a tenant that is no text", "tenant: 1\n", "wrong_type", 'quote it to make it text: "1"'],
])("a file with %s is refused, once and with its place", async (_name, text, code, help) => {
  await write("a.yaml", text);
  expect((await refusal()).diagnostics).toMatchObject([
    { code, file: join(folder, "a.yaml"), line: 1, help: expect.stringContaining(help) },
  ]);
});

it("a tenant in two files is refused, and both are named", async () => {
  await write("a.yaml", policyOf("acme", "tool:read"));
  await write("b.yaml", `# mine\n${policyOf("acme", "tool:write")}`);
  const error = await refusal();
  expect(error.diagnostics).toMatchObject([{ code: "duplicate_id", file: join(folder, "b.yaml"), line: 2, column: 9 }]);
  expect(error.message).toContain(`the tenant "acme" is also in ${join(folder, "a.yaml")}`);
  expect(error.message).toContain("  2 | tenant: acme");
});

it("links are followed within the directory and nowhere else", async () => {
  await mkdir(join(folder, "current"));
  await mkdir(join(folder, "tenants"));
  await write("current/acme", policyOf("acme", "tool:read"));
  await write("outside.yaml", policyOf("globex", "tool:read"));
  await symlink(join(folder, "current"), join(folder, "tenants", "..data"));
  await symlink(join(folder, "outside.yaml"), join(folder, "tenants", "b.yaml"));
  const outer = folder;
  folder = join(outer, "tenants");
  try {
    expect((await refusal()).diagnostics).toMatchObject([
      { code: "unreadable_file", file: join(folder, "b.yaml"), message: "this link leads out of the directory" },
    ]);
    await rm(join(folder, "b.yaml"));
    await mkdir(join(folder, "files"));
    await write("files/acme", policyOf("acme", "tool:read"));
    await symlink(join("files", "acme"), join(folder, "a.yaml"));
    expect([...(await loadPolicies(folder)).tenants.keys()]).toEqual(["acme"]);
  } finally {
    folder = outer;
  }
});

it("a directory that is not there is an error, not an empty one", async () => {
  await expect(loadPolicies(join(folder, "none"))).rejects.toMatchObject({
    code: "policy_invalid",
    message: expect.stringContaining("ENOENT"),
  });
});
