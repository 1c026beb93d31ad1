import { LRUCache } from "lru-cache";
import { type Admission, type Admitted, isAdmitted } from "./admission.ts";
import type { OutcomeStatus } from "./audit/audit-record.ts";
import type { Settlement } from "./authorizer.ts";
import { canonicalJson } from "./canonical-json.ts";
import { sha256 } from "./digest.ts";
import type { MicroUnits } from "./money.ts";
import type { CallReading } from "./read-call.ts";
import { SettleError } from "./settle-error.ts";

/**
 * Names one request for a permit: the policy's digest, the whole context, the call id, the tool and the arguments. `undefined` where the
 * call has no id or could not be read; such a call is never recognised again.
 *
 * INVARIANT: the id alone names nothing, for it comes from the model; roles, scopes and the policy are part of the name, so
 * that a permit given under a right that was since revoked is not found.
 */
export function requestKey(reading: CallReading, policy: string): string | undefined {
  const { context, callId, tool, arguments: args } = reading;
  if (context === undefined || callId === undefined || args === undefined) return undefined;
  return sha256(
    canonicalJson([
      policy,
      { ...context, tier: context.tier ?? null, grant: context.grant ?? null },
      callId,
      tool,
      args,
    ]),
  );
}

/** How a permit ended, with its cost in micro-units where one was given. */
export interface Ending {
  readonly status: OutcomeStatus;
  readonly cost: MicroUnits | undefined;
  /** Sorted, each once. */
  readonly labels: readonly string[] | undefined;
}

interface Entry {
  readonly key: string | undefined;
  readonly tenant: string;
  readonly admission: Promise<Admission>;
  /** Known once the answer is a permit. */
  evaluationId: string | undefined;
  taken: boolean;
}

interface Permitted {
  readonly entry: Entry;
  readonly admitted: Admitted;
}

interface Settling {
  readonly ending: string;
  readonly done: Promise<Settlement>;
}

interface Settled {
  readonly ending: string;
  readonly settlement: Settlement;
}

/** How many endings are remembered, so that saying the same again is recognised. */
const rememberedEndings = 10_000;

/** The permits that `authorize` gave and that were neither run nor settled yet. */
export class OpenPermits {
  readonly #maximum: number;
  /** The most of one tenant. */
  readonly #share: number;
  readonly #byKey = new Map<string, Entry>();
  readonly #byId = new Map<string, Permitted>();
  readonly #settling = new Map<string, Settling>();
  readonly #settled = new LRUCache<string, Settled>({ max: rememberedEndings });
  #count = 0;
  /** How many there are of each tenant. */
  readonly #byTenant = new Map<string, number>();
  /** The latest end of a lease in `byId`. */
  #lastLease = Number.NEGATIVE_INFINITY;
  /** Whether no lease in `byId` ends before one that stands before it. */
  #ordered = true;

  constructor(maximum: number) {
    this.#maximum = maximum;
    // INVARIANT (S2, R1): none fills it for all.
    this.#share = Math.ceil(maximum * 0.9);
  }

  get empty(): boolean {
    return this.#count === 0;
  }

  /** Whether there is no room for another one of a tenant. */
  isFull(tenant: string): boolean {
    return this.#count >= this.#maximum || (this.#byTenant.get(tenant) ?? 0) >= this.#share;
  }

  /** The answer, given or on its way, to the same request. */
  asked(key: string | undefined): Promise<Admission> | undefined {
    return key === undefined ? undefined : this.#byKey.get(key)?.admission;
  }

  add(key: string | undefined, tenant: string, admission: Promise<Admission>): void {
    const entry: Entry = { key, tenant, admission, evaluationId: undefined, taken: false };
    this.#countOne(tenant, 1);
    if (key !== undefined) this.#byKey.set(key, entry);
    void admission.then((answer) => {
      if (entry.taken) return;
      // A denial reserves nothing: asked again, it is decided again.
      if (!isAdmitted(answer)) this.#drop(entry);
      else {
        entry.evaluationId = answer.decision.evaluationId;
        this.#hold(entry.evaluationId, { entry, admitted: answer });
      }
    });
  }

  /** Takes the permit out, for its one run. */
  take(key: string | undefined): Promise<Admission> | undefined {
    const entry = key === undefined ? undefined : this.#byKey.get(key);
    if (entry === undefined) return undefined;
    // At once, not when the answer is read: nobody can settle a permit that is being run.
    this.#drop(entry);
    return entry.admission;
  }

  /** Takes out every permit whose lease has ended. */
  takeExpired(now: number): readonly Admitted[] {
    const expired: Admitted[] = [];
    for (const { entry, admitted } of this.#byId.values()) {
      if (admitted.leaseUntil > now) {
        if (this.#ordered) break;
        continue;
      }
      this.#drop(entry);
      expired.push(admitted);
    }
    if (this.#byId.size === 0) this.#ordered = true;
    return expired;
  }

  /** INVARIANT (B8): a permit that got its lease from a clock that was put back is found although it stands last. */
  #hold(evaluationId: string, permit: Permitted): void {
    if (this.#byId.size === 0) this.#lastLease = Number.NEGATIVE_INFINITY;
    const { leaseUntil } = permit.admitted;
    if (leaseUntil < this.#lastLease) this.#ordered = false;
    else this.#lastLease = leaseUntil;
    this.#byId.set(evaluationId, permit);
  }

  /** Takes back a permit that was taken out and could not be ended. The request for it is not recognised any more. */
  putBack(admitted: Admitted): void {
    const { evaluationId } = admitted.decision;
    const { tenant } = admitted.context;
    const entry = { key: undefined, tenant, admission: Promise.resolve(admitted), evaluationId, taken: false };
    this.#countOne(tenant, 1);
    this.#hold(evaluationId, { entry, admitted });
  }

  /** Ends a permit once (B3): the same ending again is nothing new, another one is an error. */
  async settle(
    evaluationId: string,
    ending: Ending,
    close: (admitted: Admitted) => Promise<Settlement>,
  ): Promise<Settlement> {
    const text = `${ending.status} ${ending.cost ?? "reserved"} ${ending.labels?.join(" ") ?? "unclassified"}`;
    const open = this.#byId.get(evaluationId);
    if (open === undefined) return this.#repeat(evaluationId, text);
    this.#drop(open.entry);
    const done = close(open.admitted);
    this.#settling.set(evaluationId, { ending: text, done });
    try {
      const settlement = await done;
      this.#settled.set(evaluationId, { ending: text, settlement });
      return settlement;
    } catch (error) {
      // Not ended after all: it can be settled again, or its lease ends it.
      this.putBack(open.admitted);
      throw error;
    } finally {
      this.#settling.delete(evaluationId);
    }
  }

  async #repeat(evaluationId: string, ending: string): Promise<Settlement> {
    const settling = this.#settling.get(evaluationId);
    const settled = this.#settled.get(evaluationId);
    const known = settling?.ending ?? settled?.ending;
    if (known === undefined) throw new SettleError("unknown_evaluation", "no open permit has this evaluation id");
    if (known !== ending) throw new SettleError("already_settled", `this permit was settled as ${known}`);
    const settlement = settled?.settlement ?? (await settling?.done);
    if (settlement === undefined) throw new SettleError("unknown_evaluation", "no open permit has this evaluation id");
    return settlement;
  }

  #drop(entry: Entry): void {
    if (entry.taken) return;
    entry.taken = true;
    this.#countOne(entry.tenant, -1);
    if (entry.evaluationId !== undefined) this.#byId.delete(entry.evaluationId);
    if (entry.key !== undefined && this.#byKey.get(entry.key) === entry) this.#byKey.delete(entry.key);
  }

  #countOne(tenant: string, difference: 1 | -1): void {
    this.#count += difference;
    const count = (this.#byTenant.get(tenant) ?? 0) + difference;
    if (count === 0) this.#byTenant.delete(tenant);
    else this.#byTenant.set(tenant, count);
  }
}
