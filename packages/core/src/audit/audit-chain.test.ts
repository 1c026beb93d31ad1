import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "../canonical-json.ts";
import { chainRecord, emptyCheckpoint } from "./audit-chain.ts";
import type { AuditRecord, OutcomeRecord } from "./audit-record.ts";
import { verifyAuditLines } from "./verify-audit-lines.ts";

describe("a chained line", () => {
  it("is the canonical JSON of the record and the chain's members, hashed over all but the hash", () => {
    const { line, checkpoint } = chainRecord(outcome("e1"), emptyCheckpoint);
    const { hash, ...rest } = JSON.parse(line);
    expect(line).toBe(`${canonicalJson({ ...rest, hash })}\n`);
    expect(rest).toEqual({ ...outcome("e1"), version: 1, sequence: 1, previous: "0".repeat(64) });
    expect(hash).toBe(createHash("sha256").update(canonicalJson(rest)).digest("hex"));
    expect(checkpoint).toEqual({ records: 1, head: hash });
  });

  it("L4: is the canonical JSON whatever names and values the record has", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "binary-ascii" }), fc.jsonValue()), (members) => {
        fc.pre(!["hash", "previous", "sequence", "version"].some((name) => Object.hasOwn(members, name)));
        fc.pre(!/\\ud[89a-f]/.test(JSON.stringify(members)));
        // The chain takes records of any members: new kinds of records need no new chain.
        const { line } = chainRecord(members as unknown as AuditRecord, emptyCheckpoint);
        expect(line).not.toContain("\u007f");
        expect(`${canonicalJson(JSON.parse(line))}\n`.replaceAll("\u007f", "\\u007f")).toBe(line);
      }),
    );
  });

  it.each(["hash", "previous", "sequence", "version"])("refuses a record with a member %s of its own", (name) => {
    expect(() => chainRecord({ ...outcome("e1"), [name]: 1 }, emptyCheckpoint)).toThrow(TypeError);
  });

  it.each([
    ["line separator", "\u2028"],
    ["paragraph separator", "\u2029"],
    ["next line", "\u0085"],
    ["newline", "\n"],
    ["escape", "\u001b"],
    ["DEL", "\u007f"],
    ["C1 control", "\u009b"],
    ["right-to-left override", "\u202e"],
    ["isolate", "\u2066"],
    ["pop isolate", "\u2069"],
    ["right-to-left mark", "\u200f"],
    ["Arabic letter mark", "\u061c"],
    ["byte order mark", "\ufeff"],
    ["tag", "\u{e0041}"],
  ])("L5: shows a %s only as an escape, and still means it", async (_name, character) => {
    const { line, checkpoint } = chainRecord(outcome(`a${character}b`), emptyCheckpoint);
    expect(line.slice(0, -1)).not.toContain(character);
    expect(JSON.parse(line)).toMatchObject(outcome(`a${character}b`));
    await expect(verifyAuditLines([line])).resolves.toEqual({ valid: true, ...checkpoint });
  });

  it("records a lone surrogate as U+FFFD, wherever it stands", () => {
    const { line } = chainRecord({ ...decision, session: "a\ud800", roles: ["\udc00b"] }, emptyCheckpoint);
    expect(JSON.parse(line)).toMatchObject({ session: "a\ufffd", roles: ["\ufffdb"] });
  });
});

const decision = {
  type: "decision",
  evaluationId: "e1",
  time: "2030-01-01T00:00:00.000Z",
  decision: "permit",
  code: null,
  reason: "granted",
  rule: null,
  detail: null,
  tenant: "",
  issuer: "",
  subject: "ada",
  roles: ["rep"],
  actor: "assistant",
  chain: [],
  session: "s1",
  callId: "c1",
  tool: "crm_search",
  scopes: ["tool:crm:read"],
  labels: [],
  obligations: [],
  degraded: [],
  argumentsDigest: null,
  cost: "0",
  policy: "",
} satisfies AuditRecord;

function outcome(evaluationId: string): OutcomeRecord {
  return {
    type: "outcome",
    evaluationId,
    time: "2030-01-01T00:00:00.000Z",
    status: "succeeded",
    cost: "0",
    labels: [],
    withheld: null,
  };
}
