import type { ListedTarget } from "@ambit/core";
import { UsageError } from "../command.ts";

/** The options that say which file, and whose calls. */
export const targetOptions = {
  file: { type: "string" },
  everything: { type: "boolean" },
  tenant: { type: "string" },
  agent: { type: "string" },
  user: { type: "string" },
  issuer: { type: "string" },
  session: { type: "string" },
} as const;

/** What `--help` says of them. */
export const targetUsage = `  --file FILE       the file that the processes follow with watchSuspensions
  --everything      all calls
  --tenant NAME     the calls of a tenant; with one of the following, only theirs in that tenant
  --agent NAME      the calls that an agent makes
  --user NAME       the calls that are made for a user; of one --issuer, or of any
  --session NAME    the calls of a session; of one --user, or of any`;

/** The values of {@link targetOptions}. */
export interface TargetValues {
  readonly everything?: boolean | undefined;
  readonly tenant?: string | undefined;
  readonly agent?: string | undefined;
  readonly user?: string | undefined;
  readonly issuer?: string | undefined;
  readonly session?: string | undefined;
}

/** Whose calls the options name. Throws a {@link UsageError} where that is nobody, or more than one. */
export function readTarget(values: TargetValues): ListedTarget {
  const { everything, tenant, agent, user, issuer, session } = values;
  if (agent !== undefined && [user, issuer, session].some((other) => other !== undefined)) {
    throw new UsageError("an agent, and a user or session, are stopped one after the other");
  }
  if (everything && Object.entries(values).some(([name, value]) => name !== "everything" && value !== undefined)) {
    throw new UsageError("--everything goes with no other name");
  }
  if (issuer !== undefined && user === undefined && session === undefined) {
    throw new UsageError("--issuer needs --user or --session");
  }
  if (everything) return { kind: "everything" };
  if (agent !== undefined) return { kind: "agent", id: agent, tenant };
  if (session !== undefined) return { kind: "session", id: session, user, issuer, tenant };
  if (user !== undefined) return { kind: "user", id: user, issuer, tenant };
  if (tenant !== undefined) return { kind: "tenant", tenant };
  throw new UsageError("name whose calls: --everything, --tenant, --agent, --user or --session");
}

/** The file that the options name. */
export function requireFile(file: string | undefined): string {
  if (file === undefined || file === "") throw new UsageError("name the file: --file FILE");
  return file;
}
