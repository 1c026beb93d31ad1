import { type ApprovalRow, type ApprovalStore, parseApprovalRow, StateStoreError } from "@ambit/core";
import type { Pool } from "pg";
import { storedName, storedText } from "./stored-text.ts";
import { translateError } from "./translate-error.ts";

/** What {@link approvalRows} works with. */
export interface ApprovalRowsOptions {
  readonly pool: Pool;
  /** The quoted name of the schema. */
  readonly schema: string;
  /** What the schema's functions are told of this store, as JSON. */
  readonly terms: string;
  /** Milliseconds. */
  readonly answerWithin: number;
}

/** Requests for approval, each operation one function of the schema. */
export function approvalRows({ pool, schema, terms, answerWithin }: ApprovalRowsOptions): ApprovalStore {
  async function ask(name: string, wanted: object, content?: string): Promise<unknown> {
    const values = [JSON.stringify(wanted), ...(content === undefined ? [] : [content]), terms];
    const places = values.map((_, index) => `$${index + 1}`).join(", ");
    try {
      const text = `SELECT ${schema}.${name}(${places}) AS answer`;
      const config = { text, values, query_timeout: answerWithin };
      const { rows } = await pool.query<{ answer: unknown }>(config);
      return answerOf(rows[0]?.answer);
    } catch (error) {
      throw translateError(error, "Postgres did not look after a request for approval");
    }
  }

  return {
    async insert(row, { owner, partition, now }) {
      const limits = { ownerLimit: owner, partitionLimit: partition, now };
      const answer = await ask("insert_approval", { ...columnsOf(row), ...limits }, JSON.stringify(row));
      if (answer === "inserted" || answer === "exists" || answer === "full") return answer;
      throw unreadable();
    },
    async read(partition, key) {
      const answer = await ask("read_approval", { partition: storedName(partition), key: storedText(key) });
      return answer === null ? undefined : rowOf(answer);
    },
    async replace(row, expectedVersion) {
      const wanted = { ...columnsOf(row), expected: storedName(expectedVersion) };
      const answer = await ask("replace_approval", wanted, JSON.stringify(row));
      if (typeof answer !== "boolean") throw unreadable();
      return answer;
    },
    async list(partition, { after = "", limit }) {
      const answer = await ask("list_approvals", { partition: storedName(partition), after: storedText(after), limit });
      if (!Array.isArray(answer)) throw unreadable();
      return answer.map(rowOf);
    },
  };
}

function columnsOf({ partition, key, owner, version, expiresAt }: ApprovalRow): object {
  const names = { partition: storedName(partition), owner: storedName(owner), version: storedName(version) };
  return { ...names, key: storedText(key), expiresAt };
}

function answerOf(found: unknown): unknown {
  if (typeof found !== "object" || found === null) throw unreadable();
  const refused: unknown = Reflect.get(found, "refused");
  if (refused === undefined && Object.hasOwn(found, "answer")) return Reflect.get(found, "answer");
  throw new StateStoreError(
    "state_unavailable",
    Array.isArray(refused) ? String(refused[1]) : "Postgres gave no answer",
  );
}

function rowOf(answer: unknown): ApprovalRow {
  const row = parseApprovalRow(answer);
  if (row === undefined) throw unreadable();
  return row;
}

function unreadable(): StateStoreError {
  return new StateStoreError("state_unavailable", "Postgres gave an answer that the store cannot read");
}
