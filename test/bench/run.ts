import { cpus } from "node:os";
import { benchDecision } from "./decision.ts";

console.log(`node ${process.version}, ${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} cores`);
console.log("Medians of interleaved rounds. Read the ratios: absolute times move with the machine.");
await benchDecision();
