import { spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PolicyError } from "../policy/policy-error.ts";
import { type LoadPolicyOptions, loadPolicy } from "./load-policy.ts";

const allowing = "policies: [{ role: rep, allow: [tool:read] }]\n";
const windows = process.platform === "win32";
const root = process.getuid?.() === 0;

let folder = "";
let path = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ambit-load-"));
  path = join(folder, "policy.yaml");
});
afterEach(() => rm(folder, { recursive: true }));

async function refusal(options?: LoadPolicyOptions): Promise<PolicyError> {
  try {
    await loadPolicy(path, options);
  } catch (error) {
    if (error instanceof PolicyError) return error;
    throw error;
  }
  return expect.unreachable("the file was accepted");
}

describe("a file that is a policy", () => {
  it.each([
    ["as it is", allowing],
    ["with a byte order mark", `\ufeff${allowing}`],
    ["with CRLF", allowing.replaceAll("\n", "\r\n")],
    ["without an end of its last line", allowing.trimEnd()],
  ])("is read %s", async (_name, text) => {
    await writeFile(path, text);
    const policy = await loadPolicy(path);
    expect(policy.roles.get("rep")?.rule("tool:read", undefined)?.effect).toBe("allow");
    expect(policy.source).toBe(path);
  });

  it("is found through a link", async () => {
    await writeFile(join(folder, "other"), allowing);
    await symlink(join(folder, "other"), path);
    expect((await loadPolicy(path)).roles.size).toBe(1);
  });
});

describe("a file that cannot be read is no policy", () => {
  it.each<[string, () => Promise<unknown>, string]>([
    ["that is not there", async () => {}, "cannot be read (ENOENT)"],
    ["that is a directory", () => mkdir(path), "cannot be read (EISDIR)"],
    ["that is not UTF-8", () => writeFile(path, Uint8Array.of(0x23, 0x20, 0xff, 0x0a)), "not UTF-8"],
    ["whose UTF-8 is cut off", () => writeFile(path, Uint8Array.of(0x23, 0x20, 0xe2, 0x82)), "not UTF-8"],
    ["that is UTF-16", () => writeFile(path, Buffer.from(`\ufeff${allowing}`, "utf16le")), "not UTF-8"],
  ])("one %s", async (_name, spoil, message) => {
    await spoil();
    const { diagnostics } = await refusal();
    expect(diagnostics).toMatchObject([{ code: "unreadable_file", file: path, line: 1, column: 1 }]);
    expect(diagnostics[0]?.message).toContain(message);
  });

  it.skipIf(windows)("one that is a named pipe, for which nobody waits (POSIX)", async () => {
    expect(spawnSync("mkfifo", [path]).status).toBe(0);
    expect((await refusal()).diagnostics[0]?.message).toContain("cannot be read (not a file)");
  });

  it.skipIf(windows)("one whose permissions were removed (modes of files as POSIX has them)", async () => {
    await writeFile(path, allowing);
    await chmod(folder, 0o755);
    await chmod(path, 0o000);
    // The superuser may read everything.
    if (root) process.seteuid?.(65_534);
    try {
      expect((await refusal()).diagnostics[0]?.message).toContain("EACCES");
    } finally {
      if (root) process.seteuid?.(0);
    }
  });
});

describe("the size of a file", () => {
  it("is counted in bytes of UTF-8", async () => {
    await writeFile(path, `# ${"€".repeat(10)}\n`);
    expect((await loadPolicy(path, { maximumBytes: 33 })).roles.size).toBe(0);
    expect((await refusal({ maximumBytes: 32 })).diagnostics).toMatchObject([
      { code: "too_large", message: "the policy is larger than 32 bytes" },
    ]);
  });

  it("may be eight mebibytes unless the caller says otherwise", async () => {
    await writeFile(path, `#${" ".repeat(8 * 1024 * 1024 - 2)}\n`);
    expect((await loadPolicy(path)).roles.size).toBe(0);
    await writeFile(path, `#${" ".repeat(8 * 1024 * 1024 - 1)}\n`);
    expect((await refusal()).diagnostics).toMatchObject([
      { code: "too_large", message: expect.stringContaining("8 MiB") },
    ]);
    expect((await loadPolicy(path, { maximumBytes: 9 * 1024 * 1024 })).roles.size).toBe(0);
  });

  it.each([0, -1, 1.5, Number.NaN, 64 * 1024 * 1024 + 1])("cannot be limited to %s", async (maximumBytes) => {
    await writeFile(path, allowing);
    await expect(loadPolicy(path, { maximumBytes })).rejects.toThrow(RangeError);
  });
});

it("conditions are checked against the schemas of tools that the caller knows", async () => {
  await writeFile(
    path,
    "tools: { pay: { scope: tool:pay } }\npolicies: [{ role: rep, allow: [{ scope: tool:pay, when: args.amount < 5 }] }]\n",
  );
  const schema = { type: "object", properties: { amount: { type: "string" } }, required: ["amount"] };
  expect((await loadPolicy(path)).roles.size).toBe(1);
  const { diagnostics } = await refusal({ toolSchemas: new Map([["pay", schema]]) });
  expect(diagnostics).toMatchObject([{ code: "invalid_condition", line: 2 }]);
});
