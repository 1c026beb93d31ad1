import { describe, expect, it } from "vitest";
import type { OutcomeRecord } from "./audit-record.ts";
import { createMemoryAuditLog } from "./memory-audit-log.ts";

const outcome: OutcomeRecord = {
  type: "outcome",
  evaluationId: "e1",
  time: "2030-01-01T00:00:00.000Z",
  status: "succeeded",
  cost: "0",
  labels: [],
  withheld: null,
};

describe("a memory audit log", () => {
  it("keeps frozen copies in the order of the calls", async () => {
    const log = createMemoryAuditLog();
    const record = { ...outcome };
    await Promise.all([log.append(record), log.append({ ...outcome, evaluationId: "e2" })]);
    record.evaluationId = "changed later";
    expect(log.records).toEqual([outcome, { ...outcome, evaluationId: "e2" }]);
    expect(log.records.every((kept) => Object.isFrozen(kept))).toBe(true);
  });

  it("refuses when it is full, and forgets nothing", async () => {
    const log = createMemoryAuditLog({ capacity: 1 });
    await log.append(outcome);
    await expect(log.append(outcome)).rejects.toMatchObject({ code: "full" });
    expect(log.records).toEqual([outcome]);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("has no capacity of %s", (capacity) => {
    expect(() => createMemoryAuditLog({ capacity })).toThrow(TypeError);
  });
});
