import { z } from "zod";
import { canonicalJson } from "../canonical-json.ts";
import { sha256 } from "../digest.ts";
import { snapshotArguments } from "../json-snapshot.ts";
import { cellName } from "../plan/owner-key.ts";
import type { ApprovalDemand } from "./approval-demand.ts";
import type { ApprovalRequest, ApprovalStatus } from "./approval-request.ts";
import type { ApprovalRow } from "./approval-store.ts";

/** What an approval is bound to. */
export type ApprovedFacts = Pick<
  ApprovalRequest,
  "tenant" | "issuer" | "user" | "actor" | "tier" | "chain" | "session" | "tool" | "arguments"
> & { readonly demand: ApprovalDemand };

/** A request as its row has it: whether it has expired is not known there. */
export interface KeptRequest extends Omit<ApprovalRequest, "digest" | "status"> {
  readonly status: Exclude<ApprovalStatus, "expired">;
  readonly demand: ApprovalDemand;
  /** Epoch milliseconds: from then on it is good for one call at most. Absent while nobody has approved it. */
  readonly reusableUntil?: number | undefined;
}

/** A row whose text is what the core wrote. */
export interface KeptApproval {
  readonly row: ApprovalRow;
  readonly request: KeptRequest;
}

/**
 * The key of the row for a call and a demand.
 *
 * INVARIANT (A1): calls that differ in any of these facts have different keys. The arguments are whole.
 */
export function approvalKey(facts: ApprovedFacts): string {
  const { tenant, issuer, user, actor, tier = null, chain, session, tool, arguments: args, demand } = facts;
  return sha256(
    canonicalJson(["ambit.approval/1", tenant, issuer, user, actor, tier, chain, session, tool, args, demand]),
  );
}

/** How many characters of a request's id are the beginning of its row's key, by which the row is found. */
const idPrefix = 24;

/** The id of a new request. `seed`: a text that never repeats. */
export function requestId(key: string, seed: string): string {
  return `${key.slice(0, idPrefix)}-${sha256(seed).slice(0, 16)}`;
}

/** What comes before the key of the row with an id, and after no more keys than begin alike; `undefined` for what is no id. */
export function keyPrefix(id: unknown): string | undefined {
  return typeof id === "string" && /^[0-9a-f]{24}-[0-9a-f]{16}$/.test(id) ? id.slice(0, idPrefix) : undefined;
}

/** The token that is spent by the one call that a request is good for. */
export function approvalToken({ id }: Pick<KeptRequest, "id">): string {
  return cellName("approval", id);
}

/** `seed`: a text that never repeats. `keepUntil`: epoch milliseconds. */
export function rowOf(request: KeptRequest, seed: string, keepUntil: number = request.expiresAt): KeptApproval {
  const row = {
    partition: request.tenant,
    key: approvalKey(request),
    owner: cellName("user", request.issuer, request.user),
    version: sha256(seed).slice(0, 32),
    expiresAt: keepUntil,
    // A plain object of JSON values: members that are undefined are left out of the text.
    text: JSON.stringify(request),
  };
  return { row, request };
}

const text = z.string().refine((value) => value.isWellFormed());
const moment = z.int().nonnegative();

const kept = z.strictObject({
  id: z.string().refine((value) => keyPrefix(value) !== undefined),
  status: z.enum(["pending", "approved", "denied", "spent"]),
  tenant: text,
  issuer: text,
  user: text,
  actor: text,
  tier: z.enum(["interactive", "subagent", "background", "api"]).optional(),
  chain: z.array(text),
  session: text,
  tool: text,
  arguments: z.unknown(),
  cost: text,
  scopes: z.array(text),
  rule: text,
  message: text,
  policy: text,
  demand: text,
  requestedAt: moment,
  expiresAt: moment,
  answeredAt: moment.optional(),
  reusableUntil: moment.optional(),
  approver: z.strictObject({ tenant: text, issuer: text, id: text, roles: z.array(text) }).optional(),
  comment: text.optional(),
});

/**
 * Reads what a store gave for a partition and a key. `undefined` for whatever is not a request of that very key.
 *
 * INVARIANT (A5, A7): the facts in a row are those that its key stands for. Who was shown a row was shown the call that it is
 * good for.
 */
export function readRow(row: ApprovalRow): KeptRequest | undefined {
  const request = readRequest(row.text);
  if (request === undefined || request.tenant !== row.partition || approvalKey(request) !== row.key) return undefined;
  return request.id.startsWith(row.key.slice(0, idPrefix)) ? request : undefined;
}

function readRequest(source: string): KeptRequest | undefined {
  try {
    const read = kept.safeParse(JSON.parse(source));
    const args = read.success ? snapshotArguments(read.data.arguments).value : undefined;
    if (!read.success || args === undefined) return undefined;
    const { answeredAt, approver } = read.data;
    const answered = read.data.status !== "pending";
    if ((answeredAt !== undefined) !== answered || (approver !== undefined) !== answered) return undefined;
    return Object.freeze({ ...read.data, tier: read.data.tier, arguments: args });
  } catch {
    return undefined;
  }
}

/** What people are shown at a moment in epoch milliseconds. */
export function requestAt({ row, request }: KeptApproval, now: number): ApprovalRequest {
  const { demand: _, reusableUntil: __, ...shown } = request;
  const stands = now < request.expiresAt || request.status === "denied" || request.status === "spent";
  return Object.freeze({ ...shown, digest: `sha256:${row.key}`, status: stands ? request.status : "expired" });
}
