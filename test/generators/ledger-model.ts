import type { AccountWindow } from "@ambit/core";

/** The accounts of the model: one of each kind of window, and one that counts calls under way. */
export const accountNames = ["lifetime", "calendar", "rolling", "slots"] as const;

/** One of {@link accountNames}. */
export type AccountName = (typeof accountNames)[number];

/** What is to be reserved, in how much, and until when at most, in epoch milliseconds. */
export interface ModelReservation {
  readonly accounts: readonly AccountName[];
  readonly id: string;
  readonly amount: bigint;
  readonly leaseUntil: number;
}

/** One line of the ledger. None is ever removed. */
interface Line {
  readonly account: AccountName;
  readonly id: string;
  readonly at: number;
  readonly period: string;
  readonly leaseUntil: number;
  /** What is held or charged. */
  worth: bigint;
  /** `lapsed`: its lease has ended, but how the call ended may still be said. */
  state: "held" | "lapsed" | "ended";
  /** Of a rolling window: somebody has asked when the charge no longer counted. It does not count again. */
  isOver: boolean;
}

const day = 86_400_000;
/** Milliseconds. */
const rollingSpan = 40_000;
const slot = rollingSpan / 1_000;
const period = 20_000;

/** At most so many in so many milliseconds. */
export const countLimit = { limit: 3, span: 1_000 } as const;

/**
 * What accounts and a counter must hold after anything that was done to them, worked out anew each time from all that was
 * ever written. Where a lease has ended, the reservation on `slots` is given back, all others are charged.
 */
export class LedgerModel {
  now = 1_767_225_600_000;
  #limit = 100n;
  /** The latest moment at which a charge of a rolling window was seen to have left: for the account it is never earlier again. */
  readonly #seen = new Map<AccountName, number>();
  readonly #lines: Line[] = [];
  readonly #counted: number[] = [];

  /** The limit of all accounts. */
  get limit(): bigint {
    return this.#limit;
  }

  /** What was spent stays. */
  changeLimit(limit: bigint): void {
    this.#limit = limit;
  }

  /** The window of an account at this moment, in the words of a plan. */
  windowOf(account: AccountName): AccountWindow {
    if (account === "rolling") return { kind: "rolling", span: rollingSpan };
    if (account !== "calendar") return { kind: "lifetime" };
    const name = this.#period();
    return { kind: "calendar", name, ends: (Number(name) + 1) * period };
  }

  /** What is committed and reserved. Asking ends the leases that have come to their end, as with every store. */
  spent(account: AccountName): bigint {
    const lines = this.#lines.filter((line) => line.account === account);
    for (const line of lines) this.#lapse(line);
    return lines.filter((line) => this.#counts(line, lines)).reduce((sum, { worth }) => sum + worth, 0n);
  }

  /** Reserves everywhere or nowhere. Gives what each account that was asked held before. */
  reserve({ accounts, id, amount, leaseUntil }: ModelReservation): { readonly held: boolean; readonly seen: bigint[] } {
    const seen: bigint[] = [];
    for (const account of accounts) {
      const spent = this.spent(account);
      seen.push(spent);
      if (spent + amount > this.#limit) return { held: false, seen };
    }
    for (const account of accounts) {
      if (this.#find(account, id) !== undefined) continue;
      const earlier = this.#lines.filter((line) => line.account === account);
      const at = Math.max(this.now, this.#seenOf(account), ...earlier.map((line) => line.at));
      const latest = [this.#period(), ...earlier.map((line) => line.period)].sort().at(-1) ?? "";
      this.#lines.push({ account, id, at, period: latest, leaseUntil, worth: amount, state: "held", isOver: false });
    }
    return { held: true, seen };
  }

  settle(account: AccountName, id: string, amount: bigint): void {
    const line = this.#find(account, id);
    // What was given back is not charged any more.
    if (line !== undefined && !(line.state === "lapsed" && account === "slots")) {
      line.worth = amount;
      line.isOver = false;
    }
    if (line !== undefined) line.state = "ended";
  }

  release(account: AccountName, id: string): void {
    const line = this.#find(account, id);
    if (line?.state === "held") line.worth = 0n;
    if (line !== undefined) line.state = "ended";
  }

  expire(account: AccountName, id: string): void {
    const line = this.#find(account, id);
    if (line?.state !== "held") return;
    if (account === "slots") line.worth = 0n;
    line.state = "ended";
  }

  /** Counts, where fewer than the limit are in the interval. Gives whether it did, and how many were. */
  count(): { readonly held: boolean; readonly seen: bigint } {
    const end = Math.max(this.now, ...this.#counted);
    const within = this.#counted.filter((at) => at > end - countLimit.span).length;
    if (within < countLimit.limit) this.#counted.push(end);
    return { held: within < countLimit.limit, seen: BigInt(within) };
  }

  /** The shortest time in which one more than the limit was counted. */
  get shortestExcess(): number {
    const times = this.#counted;
    return Math.min(...times.map((at, place) => (times[place + countLimit.limit] ?? Number.POSITIVE_INFINITY) - at));
  }

  /** Whether a lease ended so long ago that a store need not know the reservation any more. */
  isForgettable(id: string): boolean {
    return this.#lines.some((line) => line.id === id && line.state !== "ended" && line.leaseUntil + day <= this.now);
  }

  #period(): string {
    return String(Math.floor(this.now / period));
  }

  #find(account: AccountName, id: string): Line | undefined {
    return this.#lines.find((line) => line.account === account && line.id === id && line.state !== "ended");
  }

  #lapse(line: Line): void {
    if (line.state === "held" && line.leaseUntil <= this.now) {
      line.state = "lapsed";
      if (line.account === "slots") line.worth = 0n;
    }
    if (line.state === "lapsed" && line.leaseUntil + day <= this.now) line.state = "ended";
  }

  #counts(line: Line, lines: readonly Line[]): boolean {
    const { account, at, period: own, state } = line;
    if (account === "calendar") {
      const latest =
        lines
          .map((line) => line.period)
          .sort()
          .at(-1) ?? "";
      return own === latest && this.#period() <= latest;
    }
    if (account !== "rolling" || state === "held") return true;
    const end = Math.max(this.now, this.#seenOf(account), ...lines.map((each) => each.at));
    if (line.isOver || Math.ceil(at / slot) * slot > end - rollingSpan) return !line.isOver;
    line.isOver = true;
    if (line.worth > 0n) this.#seen.set(account, end);
    return false;
  }

  #seenOf(account: AccountName): number {
    return this.#seen.get(account) ?? 0;
  }
}
