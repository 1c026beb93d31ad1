/** Names the calendar windows of one time zone. */
export interface Calendar {
  /** The local date of an instant, such as `2026-03-29`: later days compare greater as text. */
  day(now: number): string;
}

const minute = 60_000;

/**
 * A calendar of an IANA time zone. A day is whatever the zone calls one: 23, 24 or 25 hours.
 * Throws a `RangeError` where the zone is unknown.
 */
export function createCalendar(timezone: string): Calendar {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone: timezone,
    calendar: "iso8601",
    numberingSystem: "latn",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  let lastMinute = Number.NaN;
  let lastDay = "";
  return {
    day(now) {
      // Zones change their date on whole minutes, so one formatted answer serves for the minute.
      const current = Math.floor(now / minute);
      if (current !== lastMinute) {
        lastDay = format.format(current * minute);
        lastMinute = current;
      }
      return lastDay;
    },
  };
}
