import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Check, type Effect, emptyPlan, type MicroUnits, type Plan } from "@ambit/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSqliteStore, type SqliteStore, type SqliteStoreOptions } from "./create-sqlite-store.ts";
import { migrations } from "./migrations.ts";
import { openDatabase } from "./open-database.ts";

let folder: string;
let file: string;
const opened: SqliteStore[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ambit-sqlite-"));
  file = join(folder, "state.sqlite");
});

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  rmSync(folder, { recursive: true });
});

function open(options: Partial<SqliteStoreOptions> = {}): SqliteStore {
  const store = createSqliteStore({ file, ...options });
  opened.push(store);
  return store;
}

const now = Date.UTC(2026, 0, 1);
const lifetime = { kind: "lifetime" } as const;
const money = (amount: number) => amount as MicroUnits; // A whole number.

function plan(keys: readonly string[], effects: readonly Effect[], checks: readonly Check[] = []): Plan {
  return { partition: "acme", keys, checks, effects, now };
}

const mark = (key: string): Plan => plan([key], [{ kind: "mark", key: 0, keep: 0 }]);
const marks = (key: string): Plan => plan([key], [], [{ kind: "marked", key: 0, since: 0 }]);

describe("a file", () => {
  it("S1: keeps its state and its epoch for whoever opens it again", async () => {
    const first = open();
    await first.apply(mark("m"));
    const { epoch } = await first.apply(emptyPlan(0));
    await first.close();
    expect(await open().apply(marks("m"))).toMatchObject({ held: true, epoch });
  });

  it("S1: that is made anew is another epoch", async () => {
    const first = open();
    const { epoch } = await first.apply(emptyPlan(0));
    await first.close();
    rmSync(file);
    expect(await open().apply(emptyPlan(0))).not.toMatchObject({ epoch });
  });

  it.each<[string, () => void]>([
    ["removed", () => rmSync(file)],
    [
      "replaced by another",
      () => {
        writeFileSync(`${file}.new`, "");
        renameSync(`${file}.new`, file);
      },
    ],
  ])("S1: that is %s while it is open is not written to", async (_what, replace) => {
    const store = open();
    await store.apply(mark("m"));
    replace();
    await expect(store.apply(marks("m"))).rejects.toMatchObject({ name: "StateStoreError", code: "state_lost" });
  });

  it.each([
    ["full", 2],
    ["normal", 1],
  ] as const)("A6: is flushed as %s durability asks for", (durability, synchronous) => {
    const database = openDatabase({ file, durability, busyTimeout: 0 });
    expect(database.prepare("PRAGMA synchronous").get()).toEqual(expect.objectContaining({ synchronous }));
    expect(database.prepare("PRAGMA journal_mode").get()).toEqual(expect.objectContaining({ journal_mode: "wal" }));
    database.close();
  });

  it("of a newer version is refused, and left as it is", async () => {
    await open().close();
    const database = new DatabaseSync(file);
    database.exec(`PRAGMA user_version = ${migrations.length + 1}; PRAGMA wal_checkpoint(TRUNCATE)`);
    database.close();
    const before = readFileSync(file);
    expect(() => open()).toThrow(
      expect.objectContaining({
        code: "state_unavailable",
        message: `${file} is of version ${migrations.length + 1}; this release knows ${migrations.length}: update @ambit/sqlite`,
      }),
    );
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it.each<[string, string, () => void]>([
    [
      "of another program",
      "is a database of something else: name another file",
      () => {
        const database = new DatabaseSync(file);
        database.exec("CREATE TABLE invoices (id INTEGER PRIMARY KEY)");
        database.close();
      },
    ],
    ["that is no database", "file is not a database", () => writeFileSync(file, "a letter\n".repeat(1_000))],
  ])("%s is refused, and left as it is", (_what, message, make) => {
    make();
    const before = readFileSync(file);
    expect(() => open()).toThrow(
      expect.objectContaining({ name: "StateStoreError", message: expect.stringContaining(message) }),
    );
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it.each(["", ":memory:", "file:state.sqlite"])("must be a path: %j is refused", (path) => {
    expect(() => open({ file: path })).toThrow(
      expect.objectContaining({ message: expect.stringContaining("name one") }),
    );
  });

  it("in a folder that does not exist is refused", () => {
    expect(() => open({ file: join(folder, "missing", "state.sqlite") })).toThrow(
      expect.objectContaining({ name: "StateStoreError", code: "state_unavailable" }),
    );
  });
});

describe("an earlier version", () => {
  it.each(migrations.map((_sql, index) => index + 1))(
    "%i: is brought up to date with all that it holds",
    async (version) => {
      const database = new DatabaseSync(file);
      database.exec(readFileSync(join(import.meta.dirname, `fixtures/version-${version}.sql`), "utf8"));
      database.close();
      const store = open();
      const checks: readonly Check[] = [
        { kind: "account", key: 0, window: lifetime, amount: money(0), limit: money(1_000) },
        { kind: "account", key: 1, window: { kind: "rolling", span: 60_000 }, amount: money(0), limit: money(1_000) },
        { kind: "count", key: 2, span: 1_000, limit: 10 },
        { kind: "marked", key: 3, since: 0 },
        { kind: "streak", key: 4, limit: 10 },
        { kind: "acyclic", key: 5, entry: "x", repeats: 2 },
        { kind: "unspent", key: 6 },
        { kind: "off", key: 7 },
      ];
      const keys = ["lifetime", "rolling", "counter", "mark", "streak", "trail", "unspent", "switch"];
      expect(await store.apply(plan(keys, [], checks))).toEqual({
        held: false,
        failed: 7,
        epoch: "the-epoch-of-the-fixture",
        observed: [
          { value: 42, at: 0 },
          { value: 7, at: 0 },
          { value: 2, at: 0 },
          { value: 1, at: now },
          { value: 3, at: 0 },
          { value: 0, at: 0 },
          { value: 0, at: 0 },
          { value: 1, at: now + 1_000 },
        ],
      });
      const row = await store.approvals.read("acme", "call");
      expect(row?.text).toBe(version >= 3 ? "{}" : undefined);
      // The open reservation of 12 is settled, and nothing else is there to settle.
      await store.apply(plan(keys, [{ kind: "settle", key: 0, evaluationId: "open", amount: money(1) }]));
      expect((await store.apply(plan(keys, [], checks.slice(0, 1)))).observed).toEqual([{ value: 31, at: 0 }]);
      await store.close();
      // S1: at the cap what has no end stays, however long ago it was.
      const full = open({ maximumCells: 8 });
      const later = now + 100 * 86_400_000;
      const fill = (name: string) => full.apply({ ...plan([name], [{ kind: "mark", key: 0, keep: 0 }]), now: later });
      for (const name of ["a", "b", "c", "d"]) await fill(name);
      await expect(fill("e")).rejects.toMatchObject({ code: "state_capacity" });
      const answer = await full.apply({
        ...plan(keys, [], [...checks.slice(0, 1), ...checks.slice(3, 5)]),
        now: later,
      });
      expect(answer.observed.map(({ value }) => value)).toEqual([31, 1, 3]);
    },
  );
});

describe("a store", () => {
  it("R6: waits for another process as long as it was told to, then rejects, and goes on once the other is done", async () => {
    const store = open({ busyTimeout: 20 });
    const other = new DatabaseSync(file);
    other.exec("BEGIN IMMEDIATE");
    await expect(store.apply(mark("m"))).rejects.toMatchObject({ name: "StateStoreError", code: "state_unavailable" });
    other.exec("ROLLBACK");
    expect(await store.apply(mark("m"))).toMatchObject({ held: true });
    const patient = open({ busyTimeout: 60_000 });
    other.exec("BEGIN IMMEDIATE");
    const waiting = patient.apply(marks("m"));
    await new Promise((resolve) => setTimeout(resolve, 20));
    other.close();
    expect(await waiting).toMatchObject({ held: true });
  });

  it("takes what was asked for before it was closed, and nothing after", async () => {
    const store = open();
    const asked = [mark("a"), mark("b")].map((entry) => store.apply(entry));
    const closed = store.close();
    await expect(store.apply(mark("c"))).rejects.toMatchObject({ code: "state_unavailable" });
    expect(await Promise.all(asked)).toMatchObject([{ held: true }, { held: true }]);
    await closed;
    await store.close();
    const again = open();
    expect(await again.apply(marks("b"))).toMatchObject({ held: true });
    expect(await again.apply(marks("c"))).toMatchObject({ held: false });
  });

  it("R1: one tenant does not fill it for the others", async () => {
    const store = open({ maximumCells: 10, maximumCellsPerTenant: 2 });
    await store.apply(
      plan(
        ["a", "b"],
        [0, 1].map((key) => ({ kind: "mark", key, keep: 0 })),
      ),
    );
    await expect(store.apply(mark("c"))).rejects.toMatchObject({ code: "state_capacity" });
    expect(await store.apply({ ...mark("c"), partition: "other" })).toMatchObject({ held: true });
  });

  it("R1, S1: gives up what nobody can ask about any more, whatever is asked, and keeps what is held", async () => {
    const store = open({ durability: "normal" });
    const later = now + 30 * 86_400_000;
    const day = { kind: "calendar", name: "2026-01-01", ends: now + 86_400_000 } as const;
    const held = { evaluationId: "e", amount: money(5), expiry: "charge" } as const;
    await store.apply(
      plan(
        ["mark", "for ever", "counter", "switch", "day", "held", "spent"],
        [
          { kind: "mark", key: 0, keep: 1_000 },
          { kind: "mark", key: 1, keep: 0 },
          { kind: "count", key: 2, span: 1_000 },
          { kind: "throw", key: 3, until: now + 1_000 },
          { kind: "reserve", key: 4, window: day, ...held, leaseUntil: now + 1 },
          { kind: "reserve", key: 5, window: day, ...held, leaseUntil: later },
          { kind: "reserve", key: 6, window: lifetime, ...held, leaseUntil: later },
        ],
      ),
    );
    await store.apply(plan(["day"], [{ kind: "settle", key: 0, evaluationId: "e", amount: money(5) }]));
    await store.apply(plan(["spent"], [{ kind: "settle", key: 0, evaluationId: "e", amount: money(5) }]));
    for (let batch = 0; batch < 130; batch += 1) await store.apply({ ...emptyPlan(later - 1), partition: "acme" });
    await store.close();
    const database = new DatabaseSync(file);
    const keys = (table: string) =>
      database
        .prepare(`SELECT key FROM ${table} ORDER BY key`)
        .all()
        .map((row) => row["key"]);
    expect([keys("marks"), keys("counters"), keys("switches"), keys("accounts")]).toEqual([
      ["for ever"],
      [],
      [],
      ["held", "spent"],
    ]);
    expect(database.prepare("SELECT s.cells, t.cells AS own FROM state s, tenants t").all()).toEqual([
      expect.objectContaining({ cells: 3, own: 3 }),
    ]);
    database.close();
  });
});
