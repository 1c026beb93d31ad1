import { expect, it } from "vitest";
import { readBatchAnswer } from "./read-answer.ts";

const held = { fault: null, failed: null, values: [1], moments: [0] };
const answer = { life: "x", at: 7, answers: [held] };

it("reads an answer", () => {
  expect(readBatchAnswer(answer, 1)).toEqual({
    ...answer,
    answers: [{ kind: "held", observed: [{ value: 1, at: 0 }] }],
  });
  expect(readBatchAnswer({ ...answer, answers: [{ ...held, failed: 0 }] }, 1).answers).toEqual([
    { kind: "refused", failed: 0, observed: [{ value: 1, at: 0 }] },
  ]);
});

it.each<[string, unknown]>([
  ["nothing", undefined],
  ["null", null],
  ["a list", [answer]],
  ["no life", { ...answer, life: undefined }],
  ["no place in the log", { ...answer, at: null }],
  ["an answer too few", { ...answer, answers: [] }],
  ["an answer too many", { ...answer, answers: [held, held] }],
  ["an answer that is none", { ...answer, answers: [true] }],
  ["no word of a failed check", { ...answer, answers: [{ ...held, failed: undefined }] }],
  ["no word of a fault", { ...answer, answers: [{ ...held, fault: undefined }] }],
  ["a fault that is not known", { ...answer, answers: [{ ...held, fault: "other" }] }],
  ["a value that is not whole", { ...answer, answers: [{ ...held, values: [0.5] }] }],
  ["a value without its moment", { ...answer, answers: [{ ...held, moments: [] }] }],
  ["a refusal that says nothing", { refused: true }],
])("D6: %s permits nothing", (_what, value) => {
  expect(() => readBatchAnswer(value, 1)).toThrow(expect.objectContaining({ code: "state_unavailable" }));
});

it.each<[string, string]>([
  ["state_lost", "state_lost"],
  ["state_unavailable", "state_unavailable"],
  ["held", "state_unavailable"],
])("a refusal with %s rejects with %s", (code, expected) => {
  expect(() => readBatchAnswer({ refused: [code, "why"] }, 1)).toThrow(expect.objectContaining({ code: expected }));
});
