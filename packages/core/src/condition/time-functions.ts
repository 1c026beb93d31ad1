import { type Frame, spend } from "./frame.ts";
import type { FunctionBody, FunctionRule } from "./function-rule.ts";
import { parseOffset } from "./moment.ts";
import { typeOf } from "./static-type.ts";
import { Duration, type Outcome, Timestamp, toInt, type Value } from "./value.ts";

/** The time between an instant and UTC in some zone, in milliseconds: positive to the east. */
type Zone = (milliseconds: number) => number;

/** What a method reads of a local date and time, of which the UTC fields hold the local ones. */
type Field = (local: Date) => number;

/**
 * Methods on timestamps, with or without a time zone (IANA name or `+02:00`), and on durations. As in CEL, months, days
 * of the month (`getDayOfMonth`), days of the year and days of the week (Sunday) count from 0; `getDate` from 1.
 */
export const timeFunctions: ReadonlyMap<string, FunctionRule> = new Map<string, FunctionRule>([
  ["getFullYear", fieldRule((local) => local.getUTCFullYear())],
  ["getMonth", fieldRule((local) => local.getUTCMonth())],
  ["getDate", fieldRule((local) => local.getUTCDate())],
  ["getDayOfMonth", fieldRule((local) => local.getUTCDate() - 1)],
  ["getDayOfWeek", fieldRule((local) => local.getUTCDay())],
  ["getDayOfYear", fieldRule(dayOfYear)],
  ["getHours", fieldRule((local) => local.getUTCHours(), 3600n)],
  ["getMinutes", fieldRule((local) => local.getUTCMinutes(), 60n)],
  ["getSeconds", fieldRule((local) => local.getUTCSeconds(), 1n)],
  ["getMilliseconds", fieldRule((local) => local.getUTCMilliseconds())],
]);

/** A rule for a field of timestamps; durations too are counted in units of `seconds`, where that is given. */
function fieldRule(field: Field, seconds?: bigint): FunctionRule {
  return {
    form: "method",
    parameters: [seconds === undefined ? ["timestamp"] : ["timestamp", "duration"], ["string"]],
    required: 1,
    result: typeOf("int"),
    body(frame, value, zone) {
      if (zone !== undefined) return undefined;
      if (value instanceof Duration && seconds !== undefined) {
        return toInt(value.nanoseconds / (seconds * 1_000_000_000n));
      }
      return readField(frame, value, { field, zone: () => 0 });
    },
    literal: {
      operand: 1,
      presence: "required",
      wanted: 'a time zone such as "America/New_York"',
      prepare: (name) => prepareField(field, name),
    },
  };
}

function prepareField(field: Field, name: Value): FunctionBody | undefined {
  if (typeof name !== "string") return undefined;
  const offset = parseOffset(name);
  const zone = offset === undefined ? openZone(name) : () => offset;
  return zone === undefined ? undefined : (frame, value) => readField(frame, value, { field, zone });
}

/** Asking the platform for a zone's offset takes about as long as this many steps. */
const zoneSteps = 16;

function readField(frame: Frame, value: Outcome, reading: { field: Field; zone: Zone }): Outcome {
  if (!(value instanceof Timestamp) || !spend(frame, zoneSteps)) return undefined;
  const milliseconds = Number(value.nanoseconds / 1_000_000n) - (value.nanoseconds % 1_000_000n < 0n ? 1 : 0);
  const field = reading.field(new Date(milliseconds + reading.zone(milliseconds)));
  return Number.isInteger(field) ? field : undefined;
}

const zoneName = /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/;
const namedOffset = /GMT(?:([+-])([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?)?$/;

/** A zone of the platform's time zone database, or `undefined` where it has none of that name. */
function openZone(name: string): Zone | undefined {
  if (!zoneName.test(name)) return undefined;
  const format = openFormat(name);
  if (format === undefined) return undefined;
  return (milliseconds) => {
    const match = namedOffset.exec(format.format(milliseconds));
    if (match === null) return Number.NaN;
    const [, sign, hours = "0", minutes = "0", seconds = "0"] = match;
    const offset = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
    return sign === "-" ? -offset : offset;
  };
}

function openFormat(name: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
  } catch {
    // The platform says that a zone is unknown by throwing; the caller refuses the expression.
    return undefined;
  }
}

function dayOfYear(local: Date): number {
  const midnight = new Date(local).setUTCHours(0, 0, 0, 0);
  return Math.round((midnight - new Date(midnight).setUTCMonth(0, 1)) / 86_400_000);
}
