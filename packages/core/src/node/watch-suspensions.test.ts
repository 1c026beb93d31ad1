import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AuditRecord, SuspensionRecord } from "../audit/audit-record.ts";
import type { Authorizer } from "../authorizer.ts";
import { createAuthorizer } from "../create-authorizer.ts";
import { parsePolicy } from "../policy/parse-policy.ts";
import type { CallContext } from "../tool-call.ts";
import { type WatchedSuspensions, type WatchSuspensionsOptions, watchSuspensions } from "./watch-suspensions.ts";

const policy = parsePolicy("policies: [{ role: rep, allow: [tool:read] }]");
const call = { tool: "read", arguments: {} };
const who = (actor: string): CallContext => ({
  subject: { id: "u", roles: ["rep"], scopes: ["tool:**"] },
  actor: { id: actor },
  session: "s",
});

let folder = "";
let path = "";
let errors: string[] = [];
let open: WatchedSuspensions[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ambit-suspensions-"));
  path = join(folder, "stop.yaml");
  errors = [];
  await writeFile(path, "suspended: []\n");
});
afterEach(async () => {
  for (const watched of open) watched.close();
  open = [];
  await rm(folder, { recursive: true });
});

async function watch(options: WatchSuspensionsOptions = {}) {
  const onError = (error: unknown) => errors.push(error instanceof Error ? error.message : String(error));
  const suspensions = await watchSuspensions(path, { interval: 60_000, settle: 1, onError, ...options });
  open.push(suspensions);
  return { suspensions, authorizer: createAuthorizer({ policy, suspensions }) };
}

async function codesOf(authorizer: Authorizer): Promise<string[]> {
  const decisions = await Promise.all(["a", "b"].map((actor) => authorizer.authorize(call, who(actor))));
  return decisions.map((decision) => (decision.allowed ? "permit" : decision.code));
}

const nobody = ["permit", "permit"];
const onlyA = ["suspended", "permit"];
const everybody = ["suspended", "suspended"];

describe("R7: the file decides who is stopped", () => {
  it("from the first call on, and whatever is written to it, also by renaming", async () => {
    await writeFile(path, "suspended: [{ agent: a }]");
    const { suspensions, authorizer } = await watch();
    expect(await codesOf(authorizer)).toEqual(onlyA);
    await writeFile(path, "suspended: [{ everything: true }]");
    await suspensions.refresh();
    expect(await codesOf(authorizer)).toEqual(everybody);
    await writeFile(`${path}.new`, "suspended: []");
    await rename(`${path}.new`, path);
    await suspensions.refresh();
    expect(await codesOf(authorizer)).toEqual(nobody);
  });

  it("by itself, without a refresh", async () => {
    const { authorizer } = await watch({ interval: 10 });
    await writeFile(path, "suspended: [{ agent: a }]");
    await vi.waitFor(async () => expect(await codesOf(authorizer)).toEqual(onlyA), { timeout: 30_000 });
  });

  it("rejects where there is no file to begin with", async () => {
    await rm(path);
    await expect(watch()).rejects.toThrow(/stop\.yaml.*ENOENT.*\n.*suspended: \[\]/);
  });

  it("no permit from before it was written starts anything", async () => {
    const { suspensions, authorizer } = await watch();
    const asked = { ...call, id: "c1" };
    expect((await authorizer.authorize(asked, who("a"))).allowed).toBe(true);
    await writeFile(path, "suspended: [{ agent: a }]");
    await suspensions.refresh();
    const outcome = await authorizer.run(asked, who("a"), () => expect.unreachable());
    expect(outcome).toMatchObject({ executed: false, decision: { code: "suspended" } });
  });
});

const spoiled: readonly [string, () => Promise<unknown>][] = [
  ["empty", () => writeFile(path, "")],
  ["cut off", () => writeFile(path, "suspended:\n  - ag")],
  ["invalid", () => writeFile(path, "suspended: [{ agnet: b }]")],
  ["with half a character in a name", () => writeFile(path, 'suspended: [{ agent: "\\ud800" }]')],
  ["a directory", () => rm(path).then(() => mkdir(path))],
  ["no UTF-8", () => writeFile(path, Uint8Array.of(0x23, 0xff))],
  ["too large", () => writeFile(path, `suspended: []\n#${" ".repeat(32 * 1024)}`)],
];

describe("R7: a file that is there and cannot be understood stops everything until it can be", () => {
  it.each(spoiled)("%s", async (_how, spoil) => {
    await writeFile(path, "suspended: [{ agent: a }]");
    const { suspensions, authorizer } = await watch();
    await spoil();
    await suspensions.refresh();
    await suspensions.refresh();
    expect(await codesOf(authorizer)).toEqual(everybody);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(`${path}:`);
    await rm(path, { recursive: true });
    await writeFile(path, "suspended: [{ agent: a }]");
    await suspensions.refresh();
    expect(await codesOf(authorizer)).toEqual(onlyA);
  });

  it.each(spoiled)("also to begin with: %s", async (_how, spoil) => {
    await spoil();
    const { authorizer } = await watch();
    expect(await codesOf(authorizer)).toEqual(everybody);
    expect(errors).toHaveLength(1);
  });

  it.skipIf(process.getuid?.() === 0 || process.platform === "win32")(
    "one that this process may not read (modes as POSIX has them)",
    async () => {
      const { suspensions, authorizer } = await watch();
      await chmod(path, 0);
      await suspensions.refresh();
      expect(await codesOf(authorizer)).toEqual(everybody);
    },
  );

  it("one that does not stop changing", async () => {
    const { suspensions, authorizer } = await watch({ settle: 20 });
    let writing = true;
    const writer = (async () => {
      for (let length = 0; writing; length += 1) await writeFile(path, `suspended: [] #${"x".repeat(length % 1_000)}`);
    })();
    await suspensions.refresh();
    expect(await codesOf(authorizer)).toEqual(everybody);
    writing = false;
    await writer;
    await suspensions.refresh();
    expect(await codesOf(authorizer)).toEqual(nobody);
  });
});

describe("R7: a file that is gone changes nothing, and is reported once", () => {
  it.each([
    ["nobody was stopped", "suspended: []", nobody],
    ["somebody was stopped", "suspended: [{ agent: a }]", onlyA],
    ["everything was stopped", "suspended: [{ everything: true }]", everybody],
    ["it could not be understood", "suspended: ?", everybody],
  ])("%s", async (_who, text, expected) => {
    await writeFile(path, text);
    const { suspensions, authorizer } = await watch();
    errors = [];
    await rm(path);
    await suspensions.refresh();
    await suspensions.refresh();
    expect(await codesOf(authorizer)).toEqual(expected);
    expect(errors).toHaveLength(1);
    await writeFile(path, "suspended: []");
    await suspensions.refresh();
    expect(await codesOf(authorizer)).toEqual(nobody);
  });
});

it("after it is closed, who is stopped stays stopped", async () => {
  await writeFile(path, "suspended: [{ agent: a }]");
  const { suspensions, authorizer } = await watch();
  suspensions.close();
  await writeFile(path, "suspended: []");
  await suspensions.refresh();
  expect(await codesOf(authorizer)).toEqual(onlyA);
});

it("a listener is told of each change once, and may throw", async () => {
  const told: unknown[] = [];
  const onChange = (list: unknown) => {
    told.push(list);
    throw new Error("listener");
  };
  const { suspensions, authorizer } = await watch({ onChange });
  await writeFile(path, "suspended: [{ agent: a }]");
  await suspensions.refresh();
  await suspensions.refresh();
  expect(told).toMatchObject([[{ kind: "agent", id: "a" }]]);
  expect(errors).toEqual(["listener"]);
  expect(await codesOf(authorizer)).toEqual(onlyA);
});

describe("who is stopped by the file is in the audit log", () => {
  const records: SuspensionRecord[] = [];
  let append = async (_record: AuditRecord): Promise<void> => {};
  const audit = {
    append: async (record: AuditRecord) => {
      await append(record);
      if (record.type === "suspension") records.push(record);
    },
  };
  const actions = () => records.map(({ action, kind, id }) => `${action} ${id ?? kind}`);
  beforeEach(() => {
    records.length = 0;
    append = async () => {};
  });

  it("with the reason, until when and by what, each change once", async () => {
    const { suspensions } = await watch({ audit });
    await writeFile(path, "suspended: [{ agent: a, until: 2099-01-01T00:00:00Z, reason: why }]");
    await suspensions.refresh();
    await suspensions.refresh();
    await writeFile(path, "suspended: [{ everything: true }]");
    await suspensions.refresh();
    const a = { kind: "agent", id: "a", tenant: null, by: "file", reason: "why" };
    expect(records).toMatchObject([
      { action: "suspend", ...a, until: "2099-01-01T00:00:00.000Z" },
      { action: "resume", ...a, until: null },
      { action: "suspend", kind: "everything", by: "file", until: null },
    ]);
  });

  it("a file that cannot be understood is recorded as what it does", async () => {
    const { suspensions } = await watch({ audit });
    await writeFile(path, "suspended: ?");
    await suspensions.refresh();
    await writeFile(path, "suspended: []");
    await suspensions.refresh();
    expect(actions()).toEqual(["suspend everything", "resume everything"]);
    expect(records[0]?.reason).toBe("the file that lists who is stopped cannot be understood");
  });

  it("INVARIANT: a suspension holds although it cannot be recorded, and is recorded once that is possible", async () => {
    const { suspensions, authorizer } = await watch({ audit });
    append = () => Promise.reject(new Error("disk full"));
    await writeFile(path, "suspended: [{ agent: a }]");
    await suspensions.refresh();
    await suspensions.refresh();
    expect(await codesOf(authorizer)).toEqual(onlyA);
    expect(errors).toEqual(["disk full"]);
    append = async () => {};
    await suspensions.refresh();
    expect(actions()).toEqual(["suspend a"]);
  });

  it("INVARIANT: nobody goes on before the log says so", async () => {
    await writeFile(path, "suspended: [{ agent: a }]");
    const { suspensions, authorizer } = await watch({ audit });
    append = () => Promise.reject(new Error("disk full"));
    await writeFile(path, "suspended: []");
    await suspensions.refresh();
    expect(await codesOf(authorizer)).toEqual(onlyA);
    append = async () => {};
    await suspensions.refresh();
    expect(await codesOf(authorizer)).toEqual(nobody);
    expect(actions()).toEqual(["suspend a", "resume a"]);
  });

  it("a log that hangs keeps nobody from being stopped", async () => {
    const { suspensions, authorizer } = await watch({ audit, interval: 10 });
    append = () => new Promise(() => {});
    await writeFile(path, "suspended: [{ agent: a }]");
    await vi.waitFor(async () => expect(await codesOf(authorizer)).toEqual(onlyA), { timeout: 30_000 });
    await writeFile(path, "suspended: [{ agent: a }, { agent: b }]");
    await vi.waitFor(async () => expect(await codesOf(authorizer)).toEqual(everybody), { timeout: 30_000 });
    suspensions.close();
  });
});
