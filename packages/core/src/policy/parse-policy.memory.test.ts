import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const run = promisify(execFile);

/** Prints how many bytes a policy holds whose file was mostly comments. */
const program = `
  const { parsePolicy } = await import(process.argv[1]);
  const rules = (name) => "policies: [{ role: " + name + ", allow: [{ scope: tool:crm:customers:read, when: args.customer == 'anybody' }] }]";
  const used = () => {
    for (let round = 0; round < 4; round += 1) gc();
    return process.memoryUsage().heapUsed;
  };
  parsePolicy(rules("nobody"));
  const before = used();
  const policy = parsePolicy(("#" + "-".repeat(78) + "\\n").repeat(80_000) + rules("representative-of-sales"));
  await new Promise(setImmediate);
  console.log(used() - before, policy.roles.size);
`;

it("a policy keeps neither the text of its file nor what was made of it in reading", async () => {
  const module = new URL("./parse-policy.ts", import.meta.url).href;
  const { stdout } = await run(process.execPath, ["--expose-gc", "--input-type=module", "--eval", program, module]);
  const [bytes, roles] = stdout.trim().split(" ").map(Number);
  expect(roles).toBe(1);
  expect(bytes).toBeLessThan(1_000_000);
});
