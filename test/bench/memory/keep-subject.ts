import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { tellProgress } from "../progress.ts";
import type { Subject } from "./subjects.ts";

/** What it took to make a subject and keep it, or why it was not made. */
export type Keeping =
  | {
      readonly rules: number;
      /** How long it took to make, once. */
      readonly milliseconds: number;
      /** Bytes that stay in use. */
      readonly retained: number;
      /** The most that the whole process ever had in memory, in bytes. */
      readonly peak: number;
    }
  | { readonly refused: string };

const run = promisify(execFile);

/** Makes a subject in a process of its own, so that nothing else is in its memory. */
export async function keepSubject({ name, largest = Infinity }: Subject, size: number): Promise<Keeping> {
  if (size > largest) return { refused: "not run" };
  tellProgress(`memory, ${size} rules: ${name}`);
  const program = join(import.meta.dirname, "measure-subject.ts");
  const flags = ["--expose-gc", "--max-old-space-size=4096", "--disable-warning=ExperimentalWarning"];
  const { stdout } = await run(process.execPath, [...flags, program, name, String(size)]);
  return JSON.parse(stdout) as Keeping; // The program prints nothing else.
}
