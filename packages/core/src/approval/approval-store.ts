import type { NowOrLater } from "../now-or-later.ts";

/**
 * One request for approval, as a store keeps it. What its text says, and which row follows another, is the core's alone: a
 * store keeps rows and compares versions.
 */
export interface ApprovalRow {
  /** Whose tenant it is: the same text as in the plans of its calls. May be empty. */
  readonly partition: string;
  /** Names the call within the partition: 64 lower-case hex digits. */
  readonly key: string;
  /** For whom it was asked: injective text over issuer and user. Changes never. */
  readonly owner: string;
  /** Names this state of the row, at most 256 characters. No two states of any row of a key have the same. */
  readonly version: string;
  /** Whole epoch milliseconds: from then on it counts for nothing and may be forgotten. */
  readonly expiresAt: number;
  /** JSON, well formed. At most about 2,000,000 characters. */
  readonly text: string;
}

/** How many rows there may be at `now`. Rows that have expired by then do not count. */
export interface ApprovalLimits {
  /** Of one owner of a partition. */
  readonly owner: number;
  /** Of a partition. */
  readonly partition: number;
  /** Whole epoch milliseconds. */
  readonly now: number;
}

/** What became of {@link ApprovalStore.insert}. */
export type ApprovalInsertion = "inserted" | "exists" | "full";

/** A part of a list. */
export interface ApprovalPage {
  /** Only rows whose key is greater; not always the key of a row. Default: all. */
  readonly after?: string | undefined;
  /** How many at most, 1 or more. */
  readonly limit: number;
}

/**
 * Where requests for approval are kept: beside the state, so that a request and the token by which it is spent are lost
 * together or not at all.
 *
 * Each operation is one atomic step, on committed rows only: what it answered is durable as the state is, and every later
 * operation, of any process, sees it. Texts are compared by their code units (upper and lower case differ, nothing is
 * normalized). A row that is not expired is never forgotten. An operation rejects with a `StateStoreError` when it cannot
 * be done or it is not known whether it was; the call that needs it is then denied.
 */
export interface ApprovalStore {
  /**
   * Keeps a new row. `exists`: a row with this partition and key is there that has not expired by `limits.now`; it stays as
   * it is. `full`: with one more row a limit would be exceeded, or the store has no room; nothing is changed. A row with
   * the same key that has expired by then is replaced.
   */
  insert(row: ApprovalRow, limits: ApprovalLimits): NowOrLater<ApprovalInsertion>;

  /** The row with a key. `undefined`: there is none. One that has expired may be given all the same. */
  read(partition: string, key: string): NowOrLater<ApprovalRow | undefined>;

  /**
   * Puts a row in the place of the one with the same partition and key, if that is there and has the expected version;
   * otherwise changes nothing. Of several at once with the same expected version exactly one is told `true`.
   */
  replace(row: ApprovalRow, expectedVersion: string): NowOrLater<boolean>;

  /**
   * The rows of a partition, in the order of their keys by code units. Expired ones may be among them. Changes nothing that
   * any other operation could see.
   */
  list(partition: string, page: ApprovalPage): NowOrLater<readonly ApprovalRow[]>;
}
