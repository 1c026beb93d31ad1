import type { ApprovalInsertion, ApprovalLimits, ApprovalPage, ApprovalRow } from "@ambit/core";
import { type BoundText, bindText, readText } from "./exact-text.ts";
import type { Statements } from "./statements.ts";

/** Requests for approval, within a transaction that the caller begins and commits. */
export class ApprovalRows {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  insert(row: ApprovalRow, limits: ApprovalLimits): ApprovalInsertion {
    const { dropExpiredApprovals, readApproval, countApprovals, addApproval } = this.#statements;
    const [partition, key, owner] = [bindText(row.partition), bindText(row.key), bindText(row.owner)];
    dropExpiredApprovals.run(partition, limits.now);
    if (readApproval.get(partition, key) !== undefined) return "exists";
    const counted = countApprovals.get(owner, partition);
    // INVARIANT (R1): what is not known to have room has none.
    if (!(Number(counted?.["rows"]) < limits.partition && Number(counted?.["owned"]) < limits.owner)) return "full";
    addApproval.run(partition, key, owner, bindText(row.version), row.expiresAt, bindText(row.text));
    return "inserted";
  }

  read(partition: string, key: string): ApprovalRow | undefined {
    const found = this.#statements.readApproval.get(bindText(partition), bindText(key));
    return found && rowOf(partition, found);
  }

  replace({ partition, key, version, expiresAt, text }: ApprovalRow, expectedVersion: string): boolean {
    const found = [bindText(partition), bindText(key), bindText(expectedVersion)] as const;
    return this.#statements.replaceApproval.run(bindText(version), expiresAt, bindText(text), ...found).changes === 1;
  }

  list(partition: string, { after = "", limit }: ApprovalPage): readonly ApprovalRow[] {
    const found = this.#statements.listApprovals.all(bindText(partition), after.toWellFormed(), limit);
    return found.map((row) => rowOf(partition, row));
  }
}

function rowOf(partition: string, found: Readonly<Record<string, unknown>>): ApprovalRow {
  // The table's columns are what `insert` bound.
  const text = (name: string) => readText(found[name] as BoundText);
  return {
    partition,
    key: text("key"),
    owner: text("owner"),
    version: text("version"),
    expiresAt: Number(found["expires_at"]),
    text: text("text"),
  };
}
