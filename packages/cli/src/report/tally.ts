import { type DistinctCount, DistinctSessions, type Room } from "./distinct-sessions.ts";

/** What was decided in one name: a rule, a code, a tool, an agent or a user. */
export interface TallyRow {
  /** `null`: those in no name, such as denials by no rule of the policy. */
  readonly name: string | null;
  /** All decisions about it; `null` where permits do not say, or some of them were passed over for want of room. */
  readonly decisions: number | null;
  /** Calls that ran, and results that were released, by monitor mode alone. */
  readonly wouldDeny: number;
  /** Calls that were denied, and did not run. */
  readonly denied: number;
  /** In which sessions monitor mode let something through. */
  readonly sessions: DistinctCount;
  /** Evaluation ids of the first of what was let through. At most 3. */
  readonly examples: readonly string[];
}

/** What was decided, by name. */
export interface TallyReport {
  /** Those with most to deny first. */
  readonly rows: readonly TallyRow[];
  /** What has a name for which there was no room. */
  readonly others: { readonly wouldDeny: number; readonly denied: number };
}

/** One denial that monitor mode let through. */
export interface Passed {
  readonly evaluationId: string;
  readonly kind: "call" | "result";
  /** `undefined`: not known. */
  readonly session: string | undefined;
}

/** How many names are told apart. */
const nameLimit = 1_000;
const exampleLimit = 3;

interface Entry {
  decisions: number;
  denials: number;
  calls: number;
  results: number;
  readonly sessions: DistinctSessions;
  readonly examples: string[];
  /** Whether every decision about the name was counted. */
  readonly whole: boolean;
}

/** Counts by name, in bounded memory. */
export class Tally {
  readonly #room: Room;
  readonly #countsDecisions: boolean;
  readonly #entries = new Map<string | null, Entry>();
  /** Those of which nothing was denied: they leave where there is no room. */
  readonly #quiet = new Set<string | null>();
  readonly #others: Entry;
  #overflowed = false;

  constructor(room: Room, { countsDecisions }: { readonly countsDecisions: boolean }) {
    this.#room = room;
    this.#countsDecisions = countsDecisions;
    this.#others = newEntry(room, false);
  }

  decided(name: string | null, { denied }: { readonly denied: boolean }): void {
    // A name of which nothing was denied is of no interest unless its decisions are counted.
    if (!denied && !this.#countsDecisions) return;
    const entry = this.#entry(name, !denied);
    entry.decisions += 1;
    if (denied) entry.denials += 1;
  }

  passed(name: string | null, { evaluationId, kind, session }: Passed): void {
    const entry = this.#entry(name, false);
    if (kind === "call") entry.calls += 1;
    else entry.results += 1;
    if (session !== undefined) entry.sessions.add(session);
    if (entry.examples.length < exampleLimit) entry.examples.push(evaluationId);
  }

  report(): TallyReport {
    const rows = [...this.#entries]
      .map(([name, entry]) => ({ name, ...this.#row(entry) }))
      .filter(({ wouldDeny, denied }) => wouldDeny > 0 || denied > 0)
      .sort((left, right) => right.wouldDeny - left.wouldDeny || right.denied - left.denied);
    const { wouldDeny, denied } = this.#row(this.#others);
    return { rows, others: { wouldDeny, denied } };
  }

  #row({ decisions, denials, calls, results, sessions, examples, whole }: Entry): Omit<TallyRow, "name"> {
    return {
      decisions: this.#countsDecisions && whole ? decisions : null,
      wouldDeny: calls + results,
      // A call that was let through has the record of its denial, too.
      denied: Math.max(0, denials - calls),
      sessions: sessions.count,
      examples,
    };
  }

  /** A name of which something was denied takes the place of one of which nothing was. */
  #entry(name: string | null, quiet: boolean): Entry {
    if (!quiet) this.#quiet.delete(name);
    const known = this.#entries.get(name);
    if (known !== undefined) return known;
    if (this.#entries.size >= nameLimit) {
      this.#overflowed = true;
      const [leaves] = this.#quiet;
      if (quiet || leaves === undefined) return this.#others;
      this.#quiet.delete(leaves);
      this.#entries.delete(leaves);
    }
    if (quiet) this.#quiet.add(name);
    const entry = newEntry(this.#room, !this.#overflowed);
    this.#entries.set(name, entry);
    return entry;
  }
}

function newEntry(room: Room, whole: boolean): Entry {
  return { decisions: 0, denials: 0, calls: 0, results: 0, sessions: new DistinctSessions(room), examples: [], whole };
}
