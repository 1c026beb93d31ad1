/** What a calendar is divided into. */
export type CalendarUnit = "hour" | "day" | "week" | "month";

/** One window of a calendar. */
export interface CalendarWindow {
  /** Such as `2026-03-29`; of a week, its Monday. Later windows of one unit compare greater as text. */
  readonly name: string;
  /** The first moment after it, in epoch milliseconds. */
  readonly ends: number;
}

/** Names the calendar windows of one time zone. */
export interface Calendar {
  /** The window that an instant lies in. */
  window(unit: CalendarUnit, now: number): CalendarWindow;
}

const minute = 60_000;
const day = 1_440 * minute;

/** No window is longer than this, in minutes. */
const longest: Readonly<Record<CalendarUnit, number>> = {
  hour: 3 * 60,
  day: 2 * 1_440,
  week: 8 * 1_440,
  month: 32 * 1_440,
};

/**
 * A calendar of an IANA time zone. A day is whatever the zone calls one: 23, 24 or 25 hours; the hour that a clock
 * repeats counts as one. Throws a `RangeError` where the zone is unknown.
 */
export function createCalendar(timezone: string): Calendar {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone: timezone,
    calendar: "iso8601",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
  });
  const known = new Map<CalendarUnit, CalendarWindow & { readonly seen: number }>();

  /** INVARIANT (B7): a window is what has one name, found by asking the zone, never by adding hours. */
  function find(unit: CalendarUnit, now: number): CalendarWindow {
    const first = Math.floor(now / minute);
    const name = nameOf(unit, format.format(first * minute));
    let within = 0;
    let beyond = longest[unit];
    // Zones change their names on whole minutes.
    while (beyond - within > 1) {
      const middle = (within + beyond) >>> 1;
      if (nameOf(unit, format.format((first + middle) * minute)) === name) within = middle;
      else beyond = middle;
    }
    return { name, ends: (first + beyond) * minute };
  }

  return {
    window(unit, now) {
      const last = known.get(unit);
      if (last !== undefined && now >= last.seen && now < last.ends) return last;
      const window = { ...find(unit, now), seen: Math.floor(now / minute) * minute };
      known.set(unit, window);
      return window;
    },
  };
}

/** `local`: a local date and hour, such as `2026-03-29, 14`. */
function nameOf(unit: CalendarUnit, local: string): string {
  const date = local.slice(0, local.indexOf(","));
  switch (unit) {
    case "hour":
      return `${date}T${local.slice(-2)}`;
    case "day":
      return date;
    case "week":
      return mondayOf(date);
    case "month":
      return date.slice(0, -3);
  }
}

function mondayOf(date: string): string {
  const time = Date.parse(`${date}T00:00:00Z`);
  const daysSinceMonday = (new Date(time).getUTCDay() + 6) % 7;
  return new Date(time - daysSinceMonday * day).toISOString().slice(0, "2026-01-01".length);
}
