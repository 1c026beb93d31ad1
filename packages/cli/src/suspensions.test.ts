import { execFile } from "node:child_process";
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseSuspensions } from "@ambit/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const program = join(import.meta.dirname, "../bin/ambit.js");
let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ambit-cli-suspensions-"));
});
afterEach(() => rm(folder, { recursive: true }));

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function ambit(command: string, ...args: string[]): Promise<Run> {
  return new Promise((resolve) => {
    const env = { ...process.env, FORCE_COLOR: undefined, NO_COLOR: "1" };
    const words = [program, ...command.split(" "), "--file", "stop.yaml", ...args];
    execFile(process.execPath, words, { cwd: folder, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const listed = async () => parseSuspensions(await readFile(join(folder, "stop.yaml"), "utf8"), { file: "stop.yaml" });

describe("R7: an operator stops calls without knowing the file's format", () => {
  it.each([
    ["--everything", { kind: "everything" }, "everything"],
    ["--tenant acme", { kind: "tenant", tenant: "acme" }, 'tenant "acme"'],
    ["--agent bot", { kind: "agent", id: "bot" }, 'agent "bot" in every tenant'],
    ["--agent bot --tenant acme", { kind: "agent", id: "bot", tenant: "acme" }, 'agent "bot" in tenant "acme"'],
    ["--user u", { kind: "user", id: "u" }, 'user "u" of any issuer in every tenant'],
    ["--user u --issuer i --tenant t", { kind: "user", id: "u", issuer: "i", tenant: "t" }, 'user "u" of issuer "i"'],
    ["--session s --user u", { kind: "session", id: "s", user: "u" }, 'session "s" of user "u" of any issuer'],
  ])("%s", async (options, target, words) => {
    const done = await ambit(`suspend ${options}`, "--reason", "an incident");
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(done.stdout).toContain(`stop.yaml: suspended: ${words}`);
    expect(await listed()).toEqual([{ ...target, until: undefined, reason: "an incident" }]);
    expect((await ambit("suspended")).stdout).toContain(words);
    expect(await ambit(`resume ${options}`)).toMatchObject({ code: 0 });
    expect(await listed()).toEqual([]);
  });

  it("until a moment, or for a while; again for the same calls replaces what was said before", async () => {
    await ambit("suspend --agent a --until 2099-01-01T00:00:00Z");
    await ambit("suspend --agent b");
    expect(await listed()).toMatchObject([
      { id: "a", until: 4_070_908_800_000 },
      { id: "b", until: undefined },
    ]);
    await ambit("suspend --agent a --until 1h");
    const [, again] = await listed();
    expect(again).toMatchObject({ kind: "agent", id: "a" });
    expect(again?.until).toBeLessThan(4_070_908_800_000);
  });

  it("shows who is stopped, as text and as JSON", async () => {
    await writeFile(join(folder, "stop.yaml"), "suspended: [{ agent: a, until: 2000-01-01T00:00:00Z, reason: why }]");
    const ended = await ambit("suspended");
    expect(ended).toMatchObject({ code: 2, stderr: "" });
    expect(ended.stdout).toBe(
      'stop.yaml: agent "a" in every tenant, ended 2000-01-01T00:00:00.000Z: why\nstop.yaml: nobody is stopped\n',
    );
    await ambit("suspend --tenant t");
    const { code, stdout } = await ambit("suspended --json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ suspended: [{ kind: "agent" }, { kind: "tenant", tenant: "t" }] });
  });

  it("resume ends what has these very names and nothing else, and says what is left", async () => {
    await ambit("suspend --agent a");
    await ambit("suspend --agent a --tenant t");
    const { code, stdout } = await ambit("resume --agent a");
    expect(code).toBe(0);
    expect(stdout).toContain('still suspended: agent "a" in tenant "t"');
    expect(await ambit("resume --agent a")).toMatchObject({ code: 2 });
    expect(await ambit("resume --tenant t")).toMatchObject({ code: 2 });
    expect(await ambit("resume --all")).toMatchObject({ code: 0 });
    expect(await ambit("suspended")).toMatchObject({ code: 2, stdout: "stop.yaml: nobody is stopped\n" });
  });

  it("resume --all makes the file that processes need to begin with", async () => {
    expect(await ambit("resume --all")).toMatchObject({ code: 0 });
    expect(await listed()).toEqual([]);
  });

  it("eight at once are all stopped", async () => {
    const agents = Array.from({ length: 8 }, (_, index) => `agent-${index}`);
    const runs = await Promise.all(agents.map((agent) => ambit("suspend", "--agent", agent)));
    expect(runs.map(({ code }) => code)).toEqual(agents.map(() => 0));
    expect((await listed()).map((entry) => ("id" in entry ? entry.id : "")).sort()).toEqual(agents.sort());
    expect(await readdir(folder)).toEqual(["stop.yaml"]);
  });

  it("keeps a link to the file, and who may read it", async () => {
    await writeFile(join(folder, "real.yaml"), "suspended: []");
    await chmod(join(folder, "real.yaml"), 0o640);
    await symlink("real.yaml", join(folder, "stop.yaml"));
    expect(await ambit("suspend --everything")).toMatchObject({ code: 0 });
    expect(await readFile(join(folder, "real.yaml"), "utf8")).toContain("everything: true");
    expect((await stat(join(folder, "real.yaml"))).mode & 0o777).toBe(0o640);
  });
});

describe("what cannot be done changes nothing, and says why", () => {
  it.each([
    ["suspend", "name whose calls"],
    ["suspend --agent a --user u", "one after the other"],
    ["suspend --everything --tenant t", "goes with no other name"],
    ["suspend --issuer i", "--issuer needs"],
    ["suspend --agent a --until soon", "--until must be"],
    ["suspend --agent a --until 2000-01-01T00:00:00Z", "--until has passed"],
    ["suspend --agent a b", "belongs to no option"],
    ["resume --all --agent a", "--all goes with no name"],
  ])("%s", async (command, message) => {
    const { code, stderr } = await ambit(command);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(["suspend --agent a", "resume --all", "suspended"])(
    "%s: a file that is not valid is kept, and it is said that it stops everything",
    async (command) => {
      await writeFile(join(folder, "stop.yaml"), "suspended: [{ agnet: a }]");
      const { code, stderr } = await ambit(command);
      expect(code).toBe(1);
      expect(stderr).toContain('stop.yaml:1:15: error[unknown_key]: unknown key "agnet"');
      expect(stderr).toContain("have stopped everything");
      expect(await readFile(join(folder, "stop.yaml"), "utf8")).toBe("suspended: [{ agnet: a }]");
      expect(await readdir(folder)).toEqual(["stop.yaml"]);
    },
  );

  it("a lock that somebody left is named", async () => {
    await writeFile(join(folder, "stop.yaml.lock"), "");
    const { code, stderr } = await ambit("suspend --everything");
    expect(code).toBe(1);
    expect(stderr).toContain("stop.yaml.lock");
  });
});
