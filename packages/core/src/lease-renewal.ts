import type { Admitted } from "./admission.ts";
import type { NowOrLater } from "./now-or-later.ts";
import { later } from "./platform.ts";

/** What {@link LeaseRenewal} works with. */
export interface LeaseRenewalOptions {
  /** Milliseconds. */
  readonly lease: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Holds for another lease what is held for a call. Never fails: where that cannot be, the lease ends when it did. */
  readonly renew: (admitted: Admitted, now: number) => NowOrLater<void>;
  readonly onFault: (fault: unknown) => void;
}

/**
 * Keeps what is held for the calls that run in this process, however long they take. With the process the renewals end,
 * and with the last of them the lease.
 *
 * One timer for all of them, and none while nothing runs. It looks three times a lease, so that one renewal may fail, and
 * keeps no process alive.
 */
export class LeaseRenewal {
  readonly #options: LeaseRenewalOptions;
  readonly #interval: number;
  readonly #running = new Set<Admitted>();
  #waiting = false;

  constructor(options: LeaseRenewalOptions) {
    this.#options = options;
    this.#interval = Math.ceil(options.lease / 3);
  }

  /** A call begins to run, with a permit of this moment. */
  begin(admitted: Admitted): void {
    this.#running.add(admitted);
    this.#wait();
  }

  /** A call begins to run with a permit that waited for it; resolves once its lease lasts until the next look. */
  async resume(admitted: Admitted): Promise<void> {
    this.begin(admitted);
    const now = this.#now();
    if (now !== undefined && admitted.leaseUntil - now < 2 * this.#interval) await this.#options.renew(admitted, now);
  }

  /** A call does not run any more. */
  end(admitted: Admitted): void {
    this.#running.delete(admitted);
  }

  #wait(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    // Weakly: a timer that waits must not keep an authorizer that nobody uses any more, with its store.
    const self = new WeakRef(this);
    const look = () => {
      const renewal = self.deref();
      if (renewal !== undefined) renewal.#look();
    };
    later(look, this.#interval);
  }

  #look(): void {
    this.#waiting = false;
    if (this.#running.size === 0) return;
    const now = this.#now();
    if (now !== undefined) for (const admitted of this.#running) void this.#options.renew(admitted, now);
    this.#wait();
  }

  #now(): number | undefined {
    try {
      return this.#options.now();
    } catch (fault) {
      this.#options.onFault(fault);
      return undefined;
    }
  }
}
