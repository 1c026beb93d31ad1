/**
 * The moment that a text names, in epoch milliseconds: ISO 8601 with its zone, such as `2026-03-01T12:00:00Z`, so that it
 * says the same wherever it is read. `undefined` for any other text.
 */
export function parseTime(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}
