const second = 1_000;
const latest = 8_640_000_000_000_000;

/** The last second that was written, without its end: records follow each other closely. */
let known = { second: Number.NaN, text: "" };
/** How texts end, by the milliseconds. */
const ends = Array<string | undefined>(second).fill(undefined);

/** A moment in epoch milliseconds as ISO 8601 text, UTC. Throws a `RangeError` for what is no moment. */
export function timeText(moment: number): string {
  const milliseconds = moment - known.second;
  if (milliseconds >= 0 && milliseconds < second && Number.isInteger(milliseconds) && moment <= latest) {
    return known.text + endOf(milliseconds);
  }
  const text = new Date(moment).toISOString();
  if (moment >= 0) known = { second: moment - (moment % second), text: text.slice(0, -"000Z".length) };
  return text;
}

function endOf(milliseconds: number): string {
  const end = ends[milliseconds] ?? `${String(milliseconds).padStart(3, "0")}Z`;
  ends[milliseconds] = end;
  return end;
}

/**
 * The moment that a text names, in epoch milliseconds: ISO 8601 with its zone, such as `2026-03-01T12:00:00Z`, so that it
 * says the same wherever it is read. `undefined` for any other text.
 */
export function parseTime(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}
