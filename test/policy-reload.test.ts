import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const run = promisify(execFile);

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ambit-reload-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Replaces a followed file, and ends without having closed anything. */
const program = `
  import { rename, writeFile } from "node:fs/promises";
  import { loadPolicies, watchPolicies, watchPolicy } from "@ambit/core/node";
  const folder = process.env.POLICIES;
  const write = async (name, text) => {
    await writeFile(folder + "/" + name + ".new", text);
    await rename(folder + "/" + name + ".new", folder + "/" + name);
  };
  await write("acme.yaml", "tenant: acme\\n");
  const single = await watchPolicy(folder + "/acme.yaml");
  const several = await watchPolicies(folder);
  await write("acme.yaml", "tenant: acme\\npolicies: [{ role: rep, allow: [tool:read] }]\\n");
  await write("globex.yaml", "tenant: globex\\n");
  await Promise.all([single.refresh(), several.refresh()]);
  console.log([...single.current.roles.keys()].join(), [...several.tenants.keys()].join());
  console.log([...(await loadPolicies(folder)).tenants.keys()].join());
`;

describe("the package as it is installed", () => {
  it.each([
    ["a program of its own", ["--input-type=module", "--eval", program]],
    ["one given as TypeScript", ["--input-type=module-typescript", "--eval", program]],
    ["one with little memory", ["--max-old-space-size=64", "--input-type=module", "--eval", program]],
  ])("follows policies from %s, and keeps it from nothing, not even from ending", async (_name, parameters) => {
    const { stdout, stderr } = await run(process.execPath, parameters, {
      cwd: import.meta.dirname,
      env: { ...process.env, POLICIES: folder },
    });
    expect(stdout).toBe("rep acme,globex\nacme,globex\n");
    expect(stderr).toBe("");
  });
});
