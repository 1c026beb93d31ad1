import { expect, it } from "vitest";
import type { AuditRecord } from "../audit/audit-record.ts";
import { FaultReporter } from "./fault-reporter.ts";
import { RecordedSuspensions } from "./recorded-suspensions.ts";

it("R7: who is listed again while the end is being recorded stays stopped, and both are recorded", async () => {
  const actions: string[] = [];
  let hold = Promise.resolve();
  const audit = {
    append: async (record: AuditRecord) => {
      await hold;
      if (record.type === "suspension") actions.push(record.action);
    },
  };
  const reporter = new FaultReporter(() => expect.unreachable());
  const suspensions = new RecordedSuspensions({ audit, reporter, onChange: () => {} });
  const list = [{ kind: "agent", id: "a" }] as const;
  suspensions.replace(list);
  await suspensions.record();
  let release = () => {};
  hold = new Promise((resolve) => {
    release = resolve;
  });
  suspensions.replace([]);
  const recording = suspensions.record();
  suspensions.replace(list);
  release();
  await recording;
  expect(suspensions.current).toEqual(list);
  expect(actions).toEqual(["suspend", "resume", "suspend"]);
});
