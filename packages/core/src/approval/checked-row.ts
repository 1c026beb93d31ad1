import type { ApprovalRow } from "./approval-store.ts";

/** A copy of what should be a row, each member read once; `undefined` where one of them is not what it has to be. */
export function checkedRow(source: unknown): ApprovalRow | undefined {
  if (typeof source !== "object" || source === null) return undefined;
  // Each member is checked below, whatever it is.
  const { partition, key, owner, version, expiresAt, text } = source as Partial<Record<keyof ApprovalRow, unknown>>;
  if (typeof partition !== "string" || typeof key !== "string" || typeof owner !== "string") return undefined;
  if (typeof version !== "string" || typeof expiresAt !== "number" || typeof text !== "string") return undefined;
  return { partition, key, owner, version, expiresAt, text };
}

/**
 * Reads a row from the JSON that a store keeps of it. For stores. `known`: what the JSON need not say. `undefined` for whatever
 * is not the JSON of a whole row.
 *
 * INVARIANT (A5): what is not whole is no request, and nothing that it could say is believed.
 */
export function parseApprovalRow(json: unknown, known?: Pick<ApprovalRow, "partition">): ApprovalRow | undefined {
  try {
    // What is no object has no members, or none of a row.
    return checkedRow({ ...(JSON.parse(String(json)) as object), ...known });
  } catch {
    return undefined;
  }
}
