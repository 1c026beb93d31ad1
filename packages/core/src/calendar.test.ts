import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CalendarUnit, createCalendar } from "./calendar.ts";

const hours = 3_600_000;

describe("windows are what the zone calls them", () => {
  it.each<[string, CalendarUnit, string, string, string]>([
    ["UTC", "day", "2026-03-29T12:00:00Z", "2026-03-29", "2026-03-30T00:00:00Z"],
    ["Europe/Berlin", "day", "2026-03-28T23:30:00Z", "2026-03-29", "2026-03-29T22:00:00Z"],
    ["Europe/Berlin", "day", "2026-10-25T12:00:00Z", "2026-10-25", "2026-10-25T23:00:00Z"],
    ["America/New_York", "hour", "2026-11-01T05:30:00Z", "2026-11-01T01", "2026-11-01T07:00:00Z"],
    ["America/New_York", "hour", "2026-03-08T06:59:59Z", "2026-03-08T01", "2026-03-08T07:00:00Z"],
    ["Africa/Cairo", "day", "2026-04-23T22:30:00Z", "2026-04-24", "2026-04-24T21:00:00Z"],
    ["Australia/Lord_Howe", "day", "2026-04-04T14:00:00Z", "2026-04-05", "2026-04-05T13:30:00Z"],
    ["Asia/Kathmandu", "week", "2026-03-01T12:00:00Z", "2026-02-23", "2026-03-01T18:15:00Z"],
    ["America/Sao_Paulo", "month", "2026-02-01T02:59:59Z", "2026-01", "2026-02-01T03:00:00Z"],
  ])("%s, the %s of %s is %s and ends %s", (zone, unit, now, name, ends) => {
    expect(createCalendar(zone).window(unit, Date.parse(now))).toMatchObject({ name, ends: Date.parse(ends) });
  });

  it("B7: the windows of every unit tile time, and later ones have greater names", () => {
    const zones = Intl.supportedValuesOf("timeZone");
    const units: readonly CalendarUnit[] = ["hour", "day", "week", "month"];
    const moment = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2035, 0) });
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.constantFrom(...units), moment, (zone, unit, now) => {
        const calendar = createCalendar(zone);
        const window = calendar.window(unit, now);
        expect(window.ends).toBeGreaterThan(now);
        expect(calendar.window(unit, window.ends - 1).name).toBe(window.name);
        const next = createCalendar(zone).window(unit, window.ends);
        expect(next.name > window.name).toBe(true);
        // What was asked before changes no answer.
        expect(calendar.window(unit, now - 30 * hours)).toMatchObject({
          name: createCalendar(zone).window(unit, now - 30 * hours).name,
        });
      }),
      { numRuns: 1_000 },
    );
  });

  it("a zone that nobody knows is an error", () => {
    expect(() => createCalendar("Mars/Base")).toThrow(RangeError);
  });
});
