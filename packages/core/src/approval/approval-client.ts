import { isLater } from "../now-or-later.ts";
import { pause, UnavailableError, unavailable, withDeadline } from "../platform.ts";
import { type KeptApproval, keyPrefix, readRow } from "./approval-row.ts";
import type { ApprovalInsertion, ApprovalPage, ApprovalRow, ApprovalStore } from "./approval-store.ts";
import { checkedRow } from "./checked-row.ts";

/** What {@link ApprovalClient} works with. */
export interface ApprovalClientOptions {
  /** `undefined`: the state store keeps no approvals. */
  readonly store: ApprovalStore | undefined;
  /** Milliseconds. */
  readonly deadline: number;
}

/** A row, and what it says; `request` is `undefined` where that cannot be relied on. */
export type FoundApproval = KeptApproval | { readonly row: ApprovalRow; readonly request: undefined };

/** How many requests there may be at once: of one user, and of one tenant. */
const limits = { owner: 100, partition: 10_000 } as const;

/** How many rows are read before the event loop has a turn: their arguments may be large. */
const pageSize = 25;

/** Asks the store of approvals within a deadline, and believes no answer that it cannot check. All fail with an `UnavailableError`. */
export class ApprovalClient {
  readonly #options: ApprovalClientOptions;

  constructor(options: ApprovalClientOptions) {
    this.#options = options;
  }

  /** Whether there is a store of approvals. */
  get keeps(): boolean {
    return this.#options.store !== undefined;
  }

  /** `undefined`: there is no row with this key. */
  async read(partition: string, key: string): Promise<FoundApproval | undefined> {
    const row = await this.#ask((store) => store.read(partition, key));
    return row === undefined ? undefined : foundIn(rowIn(partition, row), key);
  }

  /** The row of the request with an id. */
  async find(partition: string, id: unknown): Promise<KeptApproval | undefined> {
    const prefix = keyPrefix(id);
    if (prefix === undefined) return undefined;
    const [first] = await this.#page(partition, { after: prefix, limit: 1 });
    if (first?.request === undefined || first.request.id !== id) return undefined;
    return { row: first.row, request: first.request };
  }

  async #page(partition: string, page: ApprovalPage): Promise<readonly FoundApproval[]> {
    const rows = await this.#ask((store) => store.list(partition, page));
    if (!Array.isArray(rows)) throw new UnavailableError("the store of approvals gave no list");
    return rows.map((row: unknown) => foundIn(rowIn(partition, row)));
  }

  /** All rows of a partition, in parts. */
  async *all(partition: string): AsyncGenerator<FoundApproval, void, undefined> {
    let after = "";
    for (;;) {
      const page = await this.#page(partition, { after, limit: pageSize });
      yield* page;
      const last = page.at(-1)?.row.key ?? after;
      // A store that goes round in a circle ends it here.
      if (page.length < pageSize || last <= after) return;
      after = last;
      await pause(0);
    }
  }

  async insert({ row }: KeptApproval, now: number): Promise<ApprovalInsertion> {
    const answer = await this.#ask((store) => store.insert(row, { ...limits, now }));
    switch (answer) {
      case "inserted":
      case "exists":
      case "full":
        return answer;
      default:
        throw new UnavailableError("the store of approvals did not say whether it keeps a request");
    }
  }

  /** INVARIANT (A2): only the literal `true` says that nobody else was faster. */
  async replace({ row }: KeptApproval, expectedVersion: string): Promise<boolean> {
    return (await this.#ask((store) => store.replace(row, expectedVersion))) === true;
  }

  async #ask<Answer>(question: (store: ApprovalStore) => Answer | PromiseLike<Answer>): Promise<Answer> {
    const { store, deadline } = this.#options;
    if (store === undefined) throw new UnavailableError("the state store keeps no approvals");
    try {
      const answer = question(store);
      return isLater(answer) ? await withDeadline(answer, deadline, "the store of approvals") : answer;
    } catch (error) {
      throw unavailable("the store of approvals", error);
    }
  }
}

function foundIn(row: ApprovalRow, key: string = row.key): FoundApproval {
  return { row, request: row.key === key ? readRow(row) : undefined };
}

/** INVARIANT (A5): what a store gives is a row of the partition that was asked for, or nothing is known. */
function rowIn(partition: string, source: unknown): ApprovalRow {
  const row = checkedRow(source);
  if (row?.partition === partition) return row;
  throw new UnavailableError("the store of approvals gave something that is no row");
}
