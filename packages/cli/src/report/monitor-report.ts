import { type DistinctCount, DistinctSessions, distinctLimit, type Room, sessionKey } from "./distinct-sessions.ts";
import { Tally, type TallyReport } from "./tally.ts";

/** By what a report counts. */
export const dimensions = ["rule", "code", "tool", "agent", "user"] as const;

/** One of {@link dimensions}. */
export type Dimension = (typeof dimensions)[number];

/** What audit logs say of what was decided, and of what monitor mode did not enforce. */
export interface MonitorSummary {
  /** Of the first and the last record that was counted, in ISO 8601; `null` where there is none. */
  readonly first: string | null;
  readonly last: string | null;
  readonly decisions: number;
  readonly permitted: number;
  /** Calls that were denied, and did not run. */
  readonly denied: number;
  /** Calls that were denied, and that monitor mode let run. */
  readonly callsLetThrough: number;
  /** Results that should have been withheld, and that monitor mode released. */
  readonly resultsLetThrough: number;
  /** How many of the decisions would have been denials where all is enforced and was not: from 0 to 1. */
  readonly share: number;
  readonly sessions: DistinctCount;
  /** The sessions in which monitor mode let something through. */
  readonly affectedSessions: DistinctCount;
  readonly by: Readonly<Record<Dimension, TallyReport>>;
}

/** Of which time records are counted, in epoch milliseconds. */
export interface ReportWindow {
  /** The first moment that counts. Default: all. */
  readonly since?: number | undefined;
  /** The first moment after those that count. Default: none. */
  readonly until?: number | undefined;
}

/** Counts the records of audit logs, in bounded memory. */
export class MonitorReport {
  readonly #window: ReportWindow;
  readonly #room: Room = { left: distinctLimit };
  readonly #by: Readonly<Record<Dimension, Tally>>;
  readonly #sessions = new DistinctSessions(this.#room);
  readonly #affected = new DistinctSessions(this.#room);
  #first: number | undefined;
  #last: number | undefined;
  #permitted = 0;
  #denials = 0;
  #calls = 0;
  #results = 0;

  constructor(window: ReportWindow = {}) {
    this.#window = window;
    const tally = (countsDecisions: boolean) => new Tally(this.#room, { countsDecisions });
    this.#by = { rule: tally(false), code: tally(false), tool: tally(true), agent: tally(true), user: tally(true) };
  }

  /** Counts one line of a log, which was found whole. Records of kinds that no report needs are passed over. */
  take(line: string): void {
    // Every line that was found whole is a JSON object.
    const record = JSON.parse(line) as Readonly<Record<string, unknown>>;
    const { type, time } = record;
    if (type !== "decision" && type !== "monitor") return;
    if (!this.#counts(Date.parse(text(time) ?? ""))) return;
    if (type === "decision") this.#decided(record);
    else this.#passed(record);
  }

  summary(): MonitorSummary {
    const decisions = this.#permitted + this.#denials;
    const { rule, code, tool, agent, user } = this.#by;
    return {
      first: timeText(this.#first),
      last: timeText(this.#last),
      decisions,
      permitted: this.#permitted,
      denied: Math.max(0, this.#denials - this.#calls),
      callsLetThrough: this.#calls,
      resultsLetThrough: this.#results,
      share: decisions === 0 ? 0 : Math.min(1, this.#calls / decisions),
      sessions: this.#sessions.count,
      affectedSessions: this.#affected.count,
      by: {
        rule: rule.report(),
        code: code.report(),
        tool: tool.report(),
        agent: agent.report(),
        user: user.report(),
      },
    };
  }

  #counts(time: number): boolean {
    const { since, until } = this.#window;
    if (Number.isNaN(time)) return since === undefined && until === undefined;
    if ((since !== undefined && time < since) || (until !== undefined && time >= until)) return false;
    this.#first = Math.min(time, this.#first ?? time);
    this.#last = Math.max(time, this.#last ?? time);
    return true;
  }

  #decided(record: Readonly<Record<string, unknown>>): void {
    // What does not say that it is a permit is none.
    const denied = record["decision"] !== "permit";
    if (denied) this.#denials += 1;
    else this.#permitted += 1;
    const session = sessionOf(record);
    if (session !== undefined) this.#sessions.add(session);
    for (const dimension of dimensions) this.#by[dimension].decided(nameIn(record, dimension), { denied });
  }

  #passed(record: Readonly<Record<string, unknown>>): void {
    const kind = record["denied"] === "result" ? "result" : "call";
    if (kind === "call") this.#calls += 1;
    else this.#results += 1;
    const session = sessionOf(record);
    if (session !== undefined) this.#affected.add(session);
    const evaluationId = text(record["evaluationId"]) ?? "";
    for (const dimension of dimensions) {
      this.#by[dimension].passed(nameIn(record, dimension), { evaluationId, kind, session });
    }
  }
}

function nameIn(record: Readonly<Record<string, unknown>>, dimension: Dimension): string | null {
  switch (dimension) {
    case "rule":
    case "code":
    case "tool":
      return text(record[dimension]) ?? null;
    case "agent":
      return text(record["actor"]) ?? null;
    case "user":
      return userOf(record);
  }
}

/** The issuer and the tenant are named where there are any. Different users have different names. */
function userOf({ tenant, issuer, subject }: Readonly<Record<string, unknown>>): string | null {
  const id = text(subject);
  if (id === undefined) return null;
  const named = (word: string, name: string | undefined) => (name ? [`${word} ${quoted(name)}`] : []);
  return [quoted(id), ...named("of", text(issuer)), ...named("in", text(tenant))].join(" ");
}

/** What holds a space or a quotation mark could look like more than one name. */
function quoted(name: string): string {
  return /[\s"]/.test(name) ? JSON.stringify(name) : name;
}

function sessionOf({ tenant, issuer, subject, session }: Readonly<Record<string, unknown>>): string | undefined {
  const id = text(session);
  return id === undefined
    ? undefined
    : sessionKey([text(tenant) ?? null, text(issuer) ?? null, text(subject) ?? null, id]);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function timeText(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString();
}
