import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** The `ambit` command. */
export const program = join(import.meta.dirname, "../../packages/cli/bin/ambit.js");
const agentProgram = join(import.meta.dirname, "ask-until-answered.process.ts");

/** What a command printed, and how it ended. */
export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where a command runs, and which one; `store`: the variable that names the store. */
export interface Place {
  readonly folder: string;
  readonly entry?: string;
  readonly store?: string;
}

/** Runs `ambit approvals` without a terminal. */
export function approvals({ folder, entry = program, store }: Place, args: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    const env = { ...process.env, FORCE_COLOR: undefined, NO_COLOR: "1", AMBIT_STORE: store };
    const child = execFile(process.execPath, [entry, "approvals", ...args], { cwd: folder, env }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout: out, stderr: err });
    });
    child.stdin?.end();
  });
}

/** Where the agent and the command meet. */
export interface Meeting {
  readonly kind: "sqlite" | "redis" | "postgres";
  /** A file or an address, for the agent. */
  readonly place: string;
  /** A prefix or a schema that nothing else uses. */
  readonly own: string;
  /** The options of the command that name the same store. */
  readonly options: readonly string[];
}

/** The call that an agent makes; `attempts`: how often. */
export interface AgentCall {
  readonly tool: string;
  readonly arguments: object;
  readonly tenant?: string;
  readonly attempts?: number;
}

/** An agent in a process of its own that has asked for an approval. */
export interface Agent {
  readonly id: string;
  /** What became of its call, and how often the tool ran. */
  readonly end: Promise<string>;
}

const children = new Set<ChildProcess>();

/** Starts an agent that makes a call until it is answered. Resolves once it has asked. */
export async function startAgent({ kind, place, own }: Meeting, policy: string, call: AgentCall): Promise<Agent> {
  const args = [agentProgram, kind, place, own, policy, JSON.stringify(call)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.add(child);
  child.once("exit", () => children.delete(child));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => String((await lines.next()).value);
  const id = await next();
  return { id, end: next() };
}

/** Ends the agents that nobody has answered. */
export async function stopAgents(): Promise<void> {
  const ended = [...children].map((child) => once(child, "exit"));
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(ended);
}
