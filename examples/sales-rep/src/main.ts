import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadPolicy } from "@ambit/core/node";
import { safetyChecks, storyChecks } from "./checks.ts";
import { endpointOf } from "./endpoint.ts";
import { playStory } from "./story.ts";
import { printCall, printEnding, printEpilogue, printTitle } from "./timeline.ts";

const { values } = parseArgs({
  options: {
    policy: { type: "string", default: join(import.meta.dirname, "../policy.yaml") },
    json: { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
  },
});

const policy = await loadPolicy(values.policy);
const endpoint = endpointOf(process.env);
const folder = await mkdtemp(join(tmpdir(), "ambit-sales-rep-"));
try {
  const quiet = values.json;
  const story = await playStory({
    policy,
    folder,
    endpoint,
    onAct: (title) => quiet || printTitle(title),
    onCall: (call) => quiet || printCall(call),
    onEnd: (act) => quiet || printEnding(act),
  });
  // Another model may take another course; what must never happen stays the same.
  const checks = [...(endpoint === undefined ? storyChecks(story) : []), ...safetyChecks(story, policy)];
  const holds = checks.every((check) => check.holds);
  if (quiet) process.stdout.write(`${JSON.stringify({ holds, checks, ...story }, undefined, 2)}\n`);
  else printEpilogue(story, checks, values.keep ? join(folder, "audit.jsonl") : undefined);
  process.exitCode = holds ? 0 : 1;
} finally {
  if (!values.keep) await rm(folder, { recursive: true });
}
