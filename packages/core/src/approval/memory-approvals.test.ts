import { describe, expect, it } from "vitest";
import type { ApprovalLimits, ApprovalRow } from "./approval-store.ts";
import { createMemoryApprovals } from "./memory-approvals.ts";

const now = 1_000;
const wide: ApprovalLimits = { owner: 100, partition: 100, now };

function row(changes: Partial<ApprovalRow> = {}): ApprovalRow {
  return { partition: "acme", key: "a", owner: "u", version: "1", expiresAt: 2_000, text: "{}", ...changes };
}

describe("createMemoryApprovals", () => {
  it("keeps one row a key and tenant, and gives it back as it was", () => {
    const store = createMemoryApprovals();
    expect(store.insert(row(), wide)).toBe("inserted");
    expect(store.insert(row({ text: "[]", version: "2" }), wide)).toBe("exists");
    expect(store.insert(row({ partition: "other" }), wide)).toBe("inserted");
    expect(store.read("acme", "a")).toEqual(row());
    expect(store.read("acme", "A")).toBeUndefined();
    expect(store.read("", "a")).toBeUndefined();
  });

  it("replaces what has the expected version, and nothing else", () => {
    const store = createMemoryApprovals();
    store.insert(row(), wide);
    expect(store.replace(row({ version: "2", text: "[]" }), "1")).toBe(true);
    expect(store.replace(row({ version: "3" }), "1")).toBe(false);
    expect(store.replace(row({ key: "b" }), "1")).toBe(false);
    expect(store.replace(row({ partition: "other" }), "2")).toBe(false);
    expect(store.read("acme", "a")).toEqual(row({ version: "2", text: "[]" }));
  });

  it("R1: refuses what exceeds a limit of its owner or its tenant, and forgets nothing for it", () => {
    const store = createMemoryApprovals();
    const narrow = { owner: 2, partition: 3, now };
    expect(store.insert(row({ key: "a" }), narrow)).toBe("inserted");
    expect(store.insert(row({ key: "b" }), narrow)).toBe("inserted");
    expect(store.insert(row({ key: "c" }), narrow)).toBe("full");
    expect(store.insert(row({ key: "c", owner: "w" }), narrow)).toBe("inserted");
    expect(store.insert(row({ key: "d", owner: "x" }), narrow)).toBe("full");
    expect(store.insert(row({ key: "d", owner: "u", partition: "other" }), narrow)).toBe("inserted");
    expect(store.list("acme", { limit: 9 }).map(({ key }) => key)).toEqual(["a", "b", "c"]);
  });

  it("R1: what has expired takes no room, to the millisecond", () => {
    const store = createMemoryApprovals();
    const one = (at: number) => ({ owner: 1, partition: 1, now: at });
    store.insert(row(), wide);
    expect(store.insert(row({ key: "b" }), one(1_999))).toBe("full");
    expect(store.insert(row({ key: "a", version: "2" }), one(1_999))).toBe("exists");
    expect(store.insert(row({ key: "b", expiresAt: 3_000 }), one(2_000))).toBe("inserted");
    expect(store.insert(row({ key: "b", version: "2", expiresAt: 4_000 }), one(3_000))).toBe("inserted");
    expect(store.read("acme", "b")?.version).toBe("2");
  });

  it("R1: is bounded in what it keeps of all tenants, none of which fills it for all", () => {
    const store = createMemoryApprovals();
    const text = "x".repeat(6_000_000);
    const fill = (partition: string, at = now) =>
      Array.from({ length: 12 }, (_, index) =>
        store.insert(row({ partition, key: `${index}`, text, expiresAt: at + 1_000 }), { ...wide, now: at }),
      ).filter((answer) => answer === "inserted").length;
    expect(fill("greedy")).toBe(9);
    expect(fill("modest")).toBe(1);
    expect(fill("late", 2_000)).toBe(9);
  });

  it("lists by key, a page after the other", () => {
    const store = createMemoryApprovals();
    for (const key of ["c", "a", "b", "B"]) store.insert(row({ key }), wide);
    const keys = (page: { after?: string; limit: number }) => store.list("acme", page).map(({ key }) => key);
    expect(keys({ limit: 3 })).toEqual(["B", "a", "b"]);
    expect(keys({ after: "b", limit: 3 })).toEqual(["c"]);
    expect(keys({ after: "aa", limit: 1 })).toEqual(["b"]);
    expect(store.list("other", { limit: 3 })).toEqual([]);
  });

  it("a row is a copy: changing what was given changes nothing", () => {
    const store = createMemoryApprovals();
    const given = { ...row() };
    store.insert(given, wide);
    given.text = "forged";
    expect(store.read("acme", "a")?.text).toBe("{}");
  });
});
