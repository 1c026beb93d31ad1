/** @module The thread in which changed policy files are read and checked, while the main thread goes on deciding. */
import { parentPort } from "node:worker_threads";
import { CompiledTexts } from "../policy/compiled-texts.ts";
import { parseModel } from "../policy/parse-policy.ts";
import { PolicyError } from "../policy/policy-error.ts";
import { maximumPolicyBytes } from "../policy/policy-limits.ts";
import type { PolicyAnswer, PolicyRequest } from "./policy-job.ts";
import { splitModel } from "./policy-parts.ts";
import { readPolicyFile } from "./read-policy-file.ts";

parentPort?.on("message", (request: PolicyRequest | "stop") => {
  // Without a port to listen to, the thread ends by itself.
  if (request === "stop") parentPort?.close();
  else void answer(request).then((result) => parentPort?.postMessage(result));
});

async function answer({ job, port }: PolicyRequest): Promise<PolicyAnswer> {
  const { path, taken, options } = job;
  try {
    const { text, print } = await readPolicyFile(path, maximumPolicyBytes(options.maximumBytes));
    if (print !== job.print) return { status: "changed" };
    const model = parseModel(text, { ...options, file: path, taken }, new CompiledTexts());
    if (model.digest === job.digest) return { status: "same" };
    for (const part of splitModel(model)) port.postMessage(part);
    return { status: "read" };
  } catch (error) {
    if (error instanceof PolicyError) {
      return { status: "refused", diagnostics: error.diagnostics, message: error.message };
    }
    return { status: "failed", message: error instanceof Error ? error.message : String(error) };
  }
}
