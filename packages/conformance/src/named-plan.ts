import type { AccountWindow, Check, Effect, KeyIndex, MicroUnits, Plan } from "@ambit/core";

/** A check or an effect whose cells are named by their keys, for people to read. */
export type NamedCheck = Named<Check>;
/** The same of an effect. */
export type NamedEffect = Named<Effect>;

type Named<Part> = Part extends { readonly keys: readonly KeyIndex[] }
  ? Omit<Part, "keys"> & { readonly keys: readonly string[] }
  : Part extends { readonly kind: "mark" }
    ? Omit<Part, "key" | "after"> & { readonly key: string; readonly after?: NamedMark }
    : Part extends { readonly key: KeyIndex }
      ? Omit<Part, "key"> & { readonly key: string }
      : never;

interface NamedMark {
  readonly key: string;
  readonly since: number;
}

/** A plan in which cells are named by their keys. */
export interface NamedPlan {
  /** Default: none. */
  readonly checks?: readonly NamedCheck[];
  /** Default: none. */
  readonly effects?: readonly NamedEffect[];
  /** Epoch milliseconds. Default: {@link start}. */
  readonly now?: number;
  /** Default: `tenant`. */
  readonly partition?: string;
}

/** The moment at which most cases happen: the beginning of 2026. */
export const start = 1_767_225_600_000;

/** The plan that a store takes. */
export function planOf({ checks = [], effects = [], now = start, partition = "tenant" }: NamedPlan): Plan {
  const keys: string[] = [];
  const index = (key: string): KeyIndex => {
    const known = keys.indexOf(key);
    return known === -1 ? keys.push(key) - 1 : known;
  };
  const indexedChecks = checks.map((check): Check => {
    if (check.kind === "incomplete") return { ...check, keys: check.keys.map(index) };
    return { ...check, key: index(check.key) };
  });
  const indexedEffects = effects.map((effect): Effect => {
    if (effect.kind !== "mark") return { ...effect, key: index(effect.key) };
    const { after, ...mark } = effect;
    const key = index(effect.key);
    return after === undefined ? { ...mark, key } : { ...mark, key, after: { ...after, key: index(after.key) } };
  });
  return { partition, keys, checks: indexedChecks, effects: indexedEffects, now };
}

/** An amount; cases also give what is none, to see it refused. */
export function micro(amount: number): MicroUnits {
  return amount as MicroUnits; // A store must not rely on it.
}

export const lifetime: AccountWindow = { kind: "lifetime" };
/** All, until nobody asks for it any more. */
export const lifetimeUntil = (ends: number): AccountWindow => ({ kind: "lifetime", ends });
/** A window of the calendar, by its name. */
export const day = (name: string): AccountWindow => ({ kind: "calendar", name, ends: start + 2 * 86_400_000 });
/** A window that moves with the clock. */
export const rolling = (span: number): AccountWindow => ({ kind: "rolling", span });

/** Whether an amount fits. */
export function account(key: string, amount: number, { limit = 100, window = lifetime } = {}): NamedCheck {
  return { kind: "account", key, window, amount: micro(amount), limit: micro(limit) };
}

/** Terms of a reservation. */
export interface ReserveTerms {
  /** Default: {@link lifetime}. */
  readonly window?: AccountWindow;
  /** Default: a minute after {@link start}. */
  readonly leaseUntil?: number;
  /** Default: `charge`. */
  readonly expiry?: "charge" | "release";
}

/** Holds an amount. */
export function reserve(key: string, evaluationId: string, amount: number, terms: ReserveTerms = {}): NamedEffect {
  const { window = lifetime, leaseUntil = start + 60_000, expiry = "charge" } = terms;
  return { kind: "reserve", key, window, evaluationId, amount: micro(amount), leaseUntil, expiry };
}

/** Replaces a reservation by what it cost. */
export function settle(key: string, evaluationId: string, amount: number): NamedEffect {
  return { kind: "settle", key, evaluationId, amount: micro(amount) };
}

/** Gives a reservation back. */
export const release = (key: string, evaluationId: string): NamedEffect => ({ kind: "release", key, evaluationId });
/** Ends a reservation as its expiry says. */
export const expire = (key: string, evaluationId: string): NamedEffect => ({ kind: "expire", key, evaluationId });
/** Lets the lease of a reservation end later. */
export function renew(key: string, evaluationId: string, leaseUntil: number): NamedEffect {
  return { kind: "renew", key, evaluationId, leaseUntil };
}
/** Whether there are fewer than `limit` entries. */
export const fewer = (key: string, limit: number, span: number): NamedCheck => ({ kind: "count", key, limit, span });
/** Adds an entry. */
export const count = (key: string, span: number): NamedEffect => ({ kind: "count", key, span });
/** Whether a mark is set. */
export const marked = (key: string, since = 0): NamedCheck => ({ kind: "marked", key, since });
/** Whether a mark is not set. */
export const unmarked = (key: string, since = 0): NamedCheck => ({ kind: "unmarked", key, since });
/** Whether one of several marks is not set. */
export const incomplete = (keys: readonly string[], since = 0): NamedCheck => ({ kind: "incomplete", keys, since });
/** Sets a mark for ever. */
export const mark = (key: string): NamedEffect => ({ kind: "mark", key, keep: 0 });
/** Sets a mark if another is set. */
export function markAfter(key: string, after: string, since = 0): NamedEffect {
  return { kind: "mark", key, keep: 0, after: { key: after, since } };
}
/** Removes a mark. */
export const unmark = (key: string): NamedEffect => ({ kind: "unmark", key });
/** Whether a streak is shorter than `limit`. */
export const shorter = (key: string, limit: number): NamedCheck => ({ kind: "streak", key, limit });
/** Makes a streak longer, which is kept for ever or for so long. */
export const grow = (key: string, keep = 0): NamedEffect => ({ kind: "grow", key, keep });
/** Ends a streak. */
export const end = (key: string): NamedEffect => ({ kind: "break", key });
/** Whether an entry would close no cycle. */
export const acyclic = (key: string, entry: string, repeats: number): NamedCheck => ({
  kind: "acyclic",
  key,
  entry,
  repeats,
});
/** Adds to a trail, which is kept for ever or for so long. */
export const follow = (key: string, entry: string, keep = 0): NamedEffect => ({ kind: "follow", key, entry, keep });
/** Whether a token is not spent. */
export const unspent = (key: string): NamedCheck => ({ kind: "unspent", key });
/** Spends a token for ever. */
export const spend = (key: string): NamedEffect => ({ kind: "spend", key, keep: 0 });
/** Whether a switch is not thrown. */
export const off = (key: string): NamedCheck => ({ kind: "off", key });
/** Throws a switch. */
export const flip = (key: string, until: number): NamedEffect => ({ kind: "throw", key, until });
/** Resets a switch. */
export const reset = (key: string): NamedEffect => ({ kind: "reset", key, until: 0 });
