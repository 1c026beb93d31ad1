import { open, readFile, rename, rm } from "node:fs/promises";
import { AuditLogError } from "../audit/audit-log-error.ts";
import { hasErrorCode } from "./error-code.ts";

/** A lock that is held until it is released or its process ends. */
export interface FileLock {
  release(): Promise<void>;
}

/**
 * Takes the lock file at `path`, or rejects with the code `locked`. The file holds `{ pid, startedAt }`; a lock whose
 * process has ended, even if another process has its id now, is taken over. A lock is good among the processes that see
 * each other's ids: one host, or one container.
 */
export async function acquireFileLock(path: string): Promise<FileLock> {
  const own = `${JSON.stringify({ pid: process.pid, startedAt: (await processState(process.pid))?.startedAt ?? null })}\n`;
  if (!(await create(path, own))) await takeOver(path, own);
  return {
    async release() {
      if ((await contentOf(path)) === own) await rm(path);
    },
  };
}

async function takeOver(path: string, own: string): Promise<void> {
  const held = await contentOf(path);
  const holder = readHolder(held);
  if (holder === undefined) throw refusal(`${path} does not say who made it; remove it if no process has the log open`);
  if (await isAlive(holder)) throw refusal(`process ${holder.pid} has the log open, says ${path}`);
  // INVARIANT: of all who found the same stale lock, one at a time may replace it, and only if it still is that lock;
  // the path is never free in between. So no two take it over.
  const claim = `${path}.takeover`;
  if (!(await create(claim, own)))
    throw refusal(`a stale lock is being taken over; remove ${claim} if no process does`);
  if ((await contentOf(path)) === held) return rename(claim, path);
  await rm(claim);
  throw refusal("another process has just opened the log");
}

async function create(path: string, content: string): Promise<boolean> {
  try {
    const file = await open(path, "wx", 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (hasErrorCode(error, "EEXIST")) return false;
    throw error;
  }
}

async function contentOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (hasErrorCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

interface Holder {
  readonly pid: number;
  readonly startedAt: unknown;
}

function readHolder(content: string | undefined): Holder | undefined {
  try {
    const { pid, startedAt }: Record<string, unknown> = JSON.parse(content ?? "");
    // Other numbers would address a group of processes.
    return typeof pid === "number" && Number.isSafeInteger(pid) && pid > 0 ? { pid, startedAt } : undefined;
  } catch {
    return undefined;
  }
}

/** Whatever cannot be found out counts as alive: a refusal can be mended by hand, a forked log cannot. */
async function isAlive(holder: Holder): Promise<boolean> {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (hasErrorCode(error, "ESRCH")) return false;
  }
  const state = await processState(holder.pid);
  if (state === undefined || typeof holder.startedAt !== "string") return true;
  return state.startedAt === holder.startedAt && !state.ended;
}

interface ProcessState {
  /** The boot, and the ticks since then: other than a time of day, the same whenever it is asked for. */
  readonly startedAt: string;
  /** It has ended, and its parent has not yet taken notice. */
  readonly ended: boolean;
}

/** What Linux tells of a process; `undefined` elsewhere. */
async function processState(pid: number): Promise<ProcessState | undefined> {
  try {
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // proc_pid_stat(5): the command's name is in parentheses and may hold any character; the state is the third field.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state = ""] = fields;
    const ticks = fields[22 - 3];
    return ticks === undefined ? undefined : { startedAt: `${boot.trim()}/${ticks}`, ended: "ZX".includes(state) };
  } catch {
    return undefined;
  }
}

function refusal(reason: string): AuditLogError {
  return new AuditLogError("locked", `the audit log is locked: ${reason}`);
}
