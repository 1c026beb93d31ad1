import { Duration, isInt64, type Outcome, Timestamp } from "./value.ts";

const nanosecondsPerSecond = 1_000_000_000n;
const earliest = BigInt(Date.parse("0001-01-01T00:00:00Z")) * 1_000_000n;
const latest = BigInt(Date.parse("9999-12-31T23:59:59Z")) * 1_000_000n + nanosecondsPerSecond - 1n;

/** A timestamp, if it lies between the years 1 and 9999. */
export function toTimestamp(nanoseconds: bigint): Timestamp | undefined {
  return nanoseconds < earliest || nanoseconds > latest ? undefined : new Timestamp(nanoseconds);
}

/** A duration, if its nanoseconds fit into 64 bits. */
export function toDuration(nanoseconds: bigint): Duration | undefined {
  return isInt64(nanoseconds) ? new Duration(nanoseconds) : undefined;
}

/** Reads a clock's milliseconds since 1970, whole or with a fraction, of which microseconds are kept. */
export function readClock(milliseconds: unknown): Timestamp | undefined {
  if (typeof milliseconds !== "number" || Math.abs(milliseconds) > 8.64e15) return undefined;
  const whole = Math.floor(milliseconds);
  if (!Number.isFinite(whole)) return undefined;
  const microseconds = Math.floor((milliseconds - whole) * 1000);
  return toTimestamp(BigInt(whole) * 1_000_000n + BigInt(microseconds) * 1000n);
}

const dateTime =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?(Z|[+-][0-9]{2}:[0-9]{2})$/;

/** Reads a date and time (RFC 3339, upper case, no leap seconds), such as `2026-11-23T09:30:00-05:00`. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const match = dateTime.exec(text);
  if (match === null) return undefined;
  const [, date = "", time = "", fraction = "", zone = ""] = match;
  const local = Date.parse(`${date}T${time}Z`);
  // Dates that do not exist are either refused or moved to the next month: what comes back must be what went in.
  if (Number.isNaN(local) || !new Date(local).toISOString().startsWith(`${date}T${time}`)) return undefined;
  const offset = parseOffset(zone);
  if (offset === undefined) return undefined;
  return toTimestamp(BigInt(local - offset) * 1_000_000n + BigInt(fraction.padEnd(9, "0")));
}

const numericOffset = /^([+-]?)([0-9]{2}):([0-9]{2})$/;

/** Reads an offset from UTC such as `-05:00`, in milliseconds. */
export function parseOffset(text: string): number | undefined {
  if (text === "Z" || text === "UTC") return 0;
  const match = numericOffset.exec(text);
  if (match === null || Number(match[2]) > 23 || Number(match[3]) > 59) return undefined;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return (match[1] === "-" ? -minutes : minutes) * 60_000;
}

const durationText = /^([+-]?)((?:[0-9]+(?:\.[0-9]+)?(?:h|ms|m|s|us|ns))+)$/;
const durationPart = /([0-9]+)(?:\.([0-9]+))?(h|ms|m|s|us|ns)/g;
const unitNanoseconds = new Map([
  ["h", 3600n * nanosecondsPerSecond],
  ["m", 60n * nanosecondsPerSecond],
  ["s", nanosecondsPerSecond],
  ["ms", 1_000_000n],
  ["us", 1000n],
  ["ns", 1n],
]);

/** Reads a length of time such as `90s`, `1h30m` or `1.5h`; fractions of nanoseconds are refused. */
export function parseDuration(text: string): Duration | undefined {
  if (text.length > 64) return undefined;
  if (text === "0") return new Duration(0n);
  const match = durationText.exec(text);
  if (match === null) return undefined;
  let total = 0n;
  for (const [, whole = "", fraction = "", unit = ""] of text.matchAll(durationPart)) {
    const scaled = BigInt(whole + fraction) * (unitNanoseconds.get(unit) ?? 0n);
    const divisor = 10n ** BigInt(fraction.length);
    if (scaled % divisor !== 0n) return undefined;
    total += scaled / divisor;
  }
  return toDuration(match[1] === "-" ? -total : total);
}

/** A timestamp as text, in UTC, with no more decimals than needed. */
export function formatTimestamp(timestamp: Timestamp): string {
  const seconds = timestampSeconds(timestamp);
  const date = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return `${date}${formatFraction(timestamp.nanoseconds - seconds * nanosecondsPerSecond)}Z`;
}

/** A duration as text, in seconds: `90s`, `0.5s`. */
export function formatDuration(duration: Duration): string {
  const negative = duration.nanoseconds < 0n;
  const nanoseconds = negative ? -duration.nanoseconds : duration.nanoseconds;
  const fraction = formatFraction(nanoseconds % nanosecondsPerSecond);
  return `${negative ? "-" : ""}${nanoseconds / nanosecondsPerSecond}${fraction}s`;
}

function formatFraction(nanoseconds: bigint): string {
  return nanoseconds === 0n ? "" : `.${String(nanoseconds).padStart(9, "0").replace(/0+$/, "")}`;
}

/** The whole seconds since 1970, rounded towards the past. */
export function timestampSeconds(timestamp: Timestamp): bigint {
  const { nanoseconds } = timestamp;
  const seconds = nanoseconds / nanosecondsPerSecond;
  return nanoseconds < seconds * nanosecondsPerSecond ? seconds - 1n : seconds;
}

/** A time and a duration, or two durations. */
export function addMoments(left: Outcome, right: Outcome): Outcome {
  if (left instanceof Duration && right instanceof Duration) return toDuration(left.nanoseconds + right.nanoseconds);
  if (left instanceof Timestamp && right instanceof Duration) return toTimestamp(left.nanoseconds + right.nanoseconds);
  if (left instanceof Duration && right instanceof Timestamp) return toTimestamp(left.nanoseconds + right.nanoseconds);
  return undefined;
}

/** A duration from a time or a duration, or the time between two times. */
export function subtractMoments(left: Outcome, right: Outcome): Outcome {
  if (left instanceof Timestamp && right instanceof Timestamp) return toDuration(left.nanoseconds - right.nanoseconds);
  if (left instanceof Timestamp && right instanceof Duration) return toTimestamp(left.nanoseconds - right.nanoseconds);
  if (left instanceof Duration && right instanceof Duration) return toDuration(left.nanoseconds - right.nanoseconds);
  return undefined;
}
