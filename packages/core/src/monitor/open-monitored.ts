import { LRUCache } from "lru-cache";
import type { Outcome, Settlement } from "../authorizer.ts";
import { type MicroUnits, noMoney, parseMoney } from "../money.ts";
import { SettleError } from "../settle-error.ts";
import type { AskedCall } from "./asked-call.ts";
import type { MonitorLog } from "./monitor-log.ts";

/** A permit that `authorize` gave, until it is forgotten. */
export type OpenCall =
  /** The authorizer's own. */
  | { readonly kind: "permitted"; readonly asked: AskedCall; released: boolean }
  /** One in place of a denial. */
  | { readonly kind: "monitored"; ending: string | undefined };

/** How many of them are known at once. Beyond it the one that was longest not asked for is forgotten. */
const remembered = 10_000;

/** The permits that `authorize` gave in monitor mode, by their evaluation ids. */
export class OpenMonitored {
  readonly #log: MonitorLog;
  readonly #calls: LRUCache<string, OpenCall>;

  constructor(log: MonitorLog) {
    this.#log = log;
    this.#calls = new LRUCache<string, OpenCall>({
      max: remembered,
      dispose: (call, evaluationId, why) => {
        if (why === "evict" && call.kind === "monitored" && call.ending === undefined)
          void log.end(evaluationId, "expired");
      },
    });
  }

  add(evaluationId: string, call: OpenCall): void {
    this.#calls.set(evaluationId, call);
  }

  find(evaluationId: string): OpenCall | undefined {
    return this.#calls.get(evaluationId);
  }

  /** Ends a call that was let through, once. Rejects with a `SettleError` as `Authorizer.settle` does. */
  async settle(evaluationId: string, call: OpenCall & { kind: "monitored" }, outcome: Outcome): Promise<Settlement> {
    const { status } = outcome;
    const cost = costOf(outcome);
    const ending = `${status} ${cost}`;
    if (call.ending !== undefined && call.ending !== ending) {
      throw new SettleError("already_settled", `this permit was settled as ${call.ending}`);
    }
    if (call.ending === undefined) {
      call.ending = ending;
      await this.#log.end(evaluationId, status, cost);
    }
    return { released: true };
  }
}

function costOf({ cost }: Outcome): MicroUnits {
  const amount = cost === undefined ? noMoney : parseMoney(cost);
  if (amount !== undefined) return amount;
  throw new SettleError("invalid_cost", "the cost is not an amount of at most six decimals");
}
