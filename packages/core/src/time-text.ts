const second = 1_000;
const latest = 8_640_000_000_000_000;

/** The last second that was written, without its end: records follow each other closely. */
let known = { second: Number.NaN, text: "" };

/** A moment in epoch milliseconds as ISO 8601 text, UTC. Throws a `RangeError` for what is no moment. */
export function timeText(moment: number): string {
  const milliseconds = moment % second;
  if (!(moment <= latest && milliseconds >= 0 && Number.isInteger(milliseconds))) return new Date(moment).toISOString();
  const begins = moment - milliseconds;
  if (begins !== known.second) {
    known = { second: begins, text: new Date(begins).toISOString().slice(0, -"000Z".length) };
  }
  return `${known.text}${milliseconds < 10 ? "00" : milliseconds < 100 ? "0" : ""}${milliseconds}Z`;
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
