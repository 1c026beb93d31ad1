import { createHash } from "node:crypto";
import { type ApprovalRow, type ApprovalStore, parseApprovalRow, StateStoreError } from "@ambit/core";
import { exactText } from "./cell-keys.ts";
import { insertApproval, listApprovals, readApproval, replaceApproval } from "./lua/approval-scripts.ts";
import type { RedisClient } from "./redis-client.ts";
import { translateError } from "./translate-error.ts";

/** What {@link approvalRows} works with. */
export interface ApprovalRowsOptions {
  readonly client: RedisClient;
  /** The key of a partition's record. */
  readonly record: (partition: string) => string;
  /** Does something that has to be as durable as a plan: rejects where it is not known to be. */
  readonly confirmed: <Answer>(write: () => Promise<Answer>) => Promise<Answer>;
}

/**
 * Requests for approval, in the slot of their partition: one script each.
 *
 * Four keys: a hash of the rows; the names of the rows, in order; when each expires; and when each of one owner does.
 */
export function approvalRows({ client, record, confirmed }: ApprovalRowsOptions): ApprovalStore {
  const keysOf = ({ partition, owner }: Pick<ApprovalRow, "partition" | "owner">) => {
    const own = createHash("sha256").update(Buffer.from(owner, "utf16le")).digest("hex");
    return [...sharedKeys(record(partition)), `${record(partition)}o${own}`];
  };
  return {
    async insert(row, { owner, partition, now }) {
      const texts = [exactText(row.key), ...writtenTexts(row), String(owner), String(partition), String(now)];
      const answer = await confirmed(() => insertApproval.run(client, keysOf(row), texts)).catch(rethrow);
      if (answer === "inserted" || answer === "exists" || answer === "full") return answer;
      throw unreadable();
    },
    async read(partition, key) {
      const answer = await readApproval.run(client, sharedKeys(record(partition)), [exactText(key)]).catch(rethrow);
      return answer === null ? undefined : rowOf(partition, answer);
    },
    async replace(row, expectedVersion) {
      const texts = [exactText(row.key), ...writtenTexts(row), exactText(expectedVersion)];
      const answer = await confirmed(() => replaceApproval.run(client, keysOf(row), texts)).catch(rethrow);
      if (answer !== 0 && answer !== 1) throw unreadable();
      return answer === 1;
    },
    async list(partition, { after = "", limit }) {
      const texts = [exactText(after.toWellFormed()), String(limit)];
      const answer = await listApprovals.run(client, sharedKeys(record(partition)), texts).catch(rethrow);
      if (!Array.isArray(answer)) throw unreadable();
      return answer.map((text) => rowOf(partition, text));
    },
  };
}

function sharedKeys(record: string): readonly string[] {
  return [`${record}q`, `${record}n`, `${record}e`];
}

function writtenTexts({ key, owner, version, expiresAt, text }: ApprovalRow): readonly string[] {
  // JSON, so that half a surrogate pair is written in digits.
  return [exactText(version), String(expiresAt), JSON.stringify({ key, owner, version, expiresAt, text })];
}

function rowOf(partition: string, answer: unknown): ApprovalRow {
  const row = parseApprovalRow(answer, { partition });
  if (row === undefined) throw unreadable();
  return row;
}

function unreadable(): StateStoreError {
  return new StateStoreError("state_unavailable", "Redis gave an answer that the store cannot read");
}

function rethrow(error: unknown): never {
  throw translateError(error);
}
