import { type ApprovalRow, type ApprovalStore, type StateStore, StateStoreError } from "@ambit/core";
import { ConformanceError } from "../conformance-error.ts";
import type { StoreCase, TestedStore } from "../store-case.ts";
import { expectEqual, storeCase } from "../try-store.ts";

const now = 1_767_225_600_000;
const later = now + 600_000;
const wide = { owner: 100, partition: 100, now };

/** How requests for approval are kept: each once, nobody's lost, and none answered twice. */
export const approvalCases: readonly StoreCase[] = [
  rowsCase("approval-kept-whole", "A7: a request is given back as it was kept, to the character", async (rows) => {
    const text = JSON.stringify({ note: 'ü € 😀 " \\ \u0001 \u2028 _%*', long: "x".repeat(100_000) });
    const given = row("a", { owner: 'user|"ü"|1', version: "v:1 é", text });
    expectEqual(await rows.insert(given, wide), "inserted", "a new request");
    expectEqual(await rows.read("acme", given.key), given, "what is read");
    expectEqual(await rows.list("acme", { limit: 9 }), [given], "what is listed");
  }),
  rowsCase("approval-not-there", "A5: of a request that was never made there is nothing", async (rows) => {
    expectEqual(await rows.read("acme", row("a").key), undefined, "what is read");
    expectEqual(await rows.list("acme", { limit: 9 }), [], "what is listed");
    expectEqual(await rows.replace(row("a", { version: "2" }), "1"), false, "replacing it");
    expectEqual(await rows.read("acme", row("a").key), undefined, "what is read after that");
  }),
  rowsCase(
    "approval-one-a-key",
    "A2: a second request for the same call changes nothing of the first",
    async (rows) => {
      await rows.insert(row("a"), wide);
      expectEqual(await rows.insert(row("a", { version: "2", text: "[]" }), wide), "exists", "the second request");
      expectEqual(await rows.read("acme", row("a").key), row("a"), "the first");
    },
  ),
  rowsCase("approval-tenants-apart", "B9, S2: tenants, keys and versions are told apart byte by byte", async (rows) => {
    const tenants = [
      "",
      "acme",
      "Acme",
      "acme ",
      "acm\u00e9",
      "acme\u0301",
      "acme\0",
      "\ud800",
      "\ud801",
      "x".repeat(3_000),
    ];
    for (const partition of tenants) {
      const given = row("a", { partition, version: `of ${tenants.indexOf(partition)}` });
      expectEqual(
        await rows.insert(given, wide),
        "inserted",
        `the request of ${JSON.stringify(partition.slice(0, 9))}`,
      );
    }
    for (const [index, partition] of tenants.entries()) {
      const found = await rows.read(partition, row("a").key);
      expectEqual(found?.version, `of ${index}`, `the request of ${JSON.stringify(partition.slice(0, 9))}`);
      expectEqual((await rows.list(partition, { limit: 99 })).length, 1, "how many it has");
    }
    expectEqual(await rows.replace(row("a", { version: "x" }), "OF 1"), false, "replacing another version");
  }),
  rowsCase(
    "approval-replaced-once",
    "A2: a request is replaced where it is as expected, and nowhere else",
    async (rows) => {
      await rows.insert(row("a"), wide);
      await rows.insert(row("b"), wide);
      const approved = row("a", { version: "2", text: '{"status":"approved"}', expiresAt: later + 1 });
      expectEqual(await rows.replace(approved, "1"), true, "the first answer");
      expectEqual(await rows.replace(row("a", { version: "3", text: "[]" }), "1"), false, "the second answer");
      expectEqual(
        await rows.replace(row("a", { version: "3", partition: "other" }), "2"),
        false,
        "one of another tenant",
      );
      expectEqual(await rows.read("acme", approved.key), approved, "the request");
      expectEqual(await rows.read("acme", row("b").key), row("b"), "the other one");
    },
  ),
  rowsCase("approval-one-answer", "A2: of many answers at once one is taken", async (rows) => {
    await rows.insert(row("a"), wide);
    const answers = Array.from({ length: 32 }, (_, index) => row("a", { version: `answer ${index}` }));
    const taken = await Promise.all(answers.map(async (answer) => rows.replace(answer, "1")));
    expectEqual(taken.filter(Boolean).length, 1, "how many were taken");
    const version = (await rows.read("acme", row("a").key))?.version;
    expectEqual(version, `answer ${taken.indexOf(true)}`, "the one that stands");
  }),
  rowsCase("approval-one-request", "A2: of many requests for one call at once one is kept", async (rows) => {
    const asked = Array.from({ length: 32 }, (_, index) => row("a", { version: `request ${index}` }));
    const answers = await Promise.all(asked.map(async (each) => rows.insert(each, wide)));
    expectEqual(answers.filter((answer) => answer === "inserted").length, 1, "how many were kept");
    expectEqual(answers.filter((answer) => answer === "exists").length, 31, "how many were there already");
    const version = (await rows.read("acme", row("a").key))?.version;
    expectEqual(version, `request ${answers.indexOf("inserted")}`, "the one that stands");
  }),
  rowsCase(
    "approval-owner-limit",
    "R1: nobody asks for more than a person can read, also not at once",
    async (rows) => {
      const limits = { owner: 3, partition: 100, now };
      const asked = Array.from("abcdefgh", async (key) => rows.insert(row(key), limits));
      expectEqual((await Promise.all(asked)).filter((answer) => answer === "full").length, 5, "how many were refused");
      expectEqual(await rows.insert(row("i", { owner: "v" }), limits), "inserted", "that of another user");
      expectEqual(await rows.insert(row("a", { partition: "other" }), limits), "inserted", "one of another tenant");
    },
  ),
  rowsCase(
    "approval-tenant-limit",
    "R1: a tenant has no more requests than its limit, and loses none",
    async (rows) => {
      const limits = { owner: 100, partition: 3, now };
      const asked = Array.from("abcdefgh", async (key) => rows.insert(row(key, { owner: key }), limits));
      const answers = await Promise.all(asked);
      expectEqual(answers.filter((answer) => answer === "inserted").length, 3, "how many were kept");
      expectEqual((await rows.list("acme", { limit: 99 })).length, 3, "how many there are");
      expectEqual(await rows.insert(row("a", { partition: "other" }), limits), "inserted", "one of another tenant");
    },
  ),
  rowsCase("approval-expired", "A5: what has expired, to the millisecond, takes no room and no place", async (rows) => {
    const one = (at: number) => ({ owner: 1, partition: 1, now: at });
    await rows.insert(row("a"), one(now));
    expectEqual(await rows.insert(row("a", { version: "2" }), one(later - 1)), "exists", "the same before that");
    expectEqual(await rows.insert(row("b"), one(later - 1)), "full", "another before that");
    const next = row("a", { version: "2", expiresAt: later + 600_000 });
    expectEqual(await rows.insert(next, one(later)), "inserted", "the same from then on");
    expectEqual(await rows.read("acme", next.key), next, "the one that stands");
    const other = row("b", { expiresAt: later + 900_000 });
    expectEqual(await rows.insert(other, one(later + 600_000)), "inserted", "another once that has expired");
  }),
  rowsCase("approval-extended", "A5: an answer decides how long a request stands", async (rows) => {
    const one = (at: number) => ({ owner: 1, partition: 1, now: at });
    await rows.insert(row("a"), one(now));
    const approved = row("a", { version: "2", expiresAt: later + 60_000 });
    expectEqual(await rows.replace(approved, "1"), true, "the answer");
    expectEqual(await rows.insert(row("b"), one(later)), "full", "another while that stands");
    expectEqual(await rows.read("acme", approved.key), approved, "the request");
    const next = row("b", { expiresAt: later + 900_000 });
    expectEqual(await rows.insert(next, one(later + 60_000)), "inserted", "another once it has expired");
  }),
  rowsCase(
    "approval-list",
    "A8: requests are listed by key, page by page, and looking changes nothing",
    async (rows) => {
      for (const key of ["c", "a", "d", "b"]) await rows.insert(row(key), wide);
      const keys = async (page: { after?: string; limit: number }) =>
        (await rows.list("acme", page)).map(({ key }) => key.slice(0, 1)).join("");
      expectEqual(await keys({ limit: 3 }), "abc", "the first page");
      expectEqual(await keys({ after: row("c").key, limit: 3 }), "d", "the second page");
      expectEqual(await keys({ after: "b", limit: 1 }), "b", "what follows a text that is no key");
      expectEqual(await keys({ after: row("d").key, limit: 3 }), "", "what follows the last");
      expectEqual(await keys({ limit: 99 }), "abcd", "all of them");
    },
  ),
  storeCase(
    {
      id: "approval-shared",
      title: "A2: what one process was asked and answered, every other sees",
      needs: ["reopen"],
    },
    async (tested) => {
      const rows = approvalsOf(tested.store);
      const others = approvalsOf(await reopened(tested));
      await rows.insert(row("a"), wide);
      expectEqual(await others.insert(row("a", { version: "2" }), wide), "exists", "the same request elsewhere");
      expectEqual(await others.replace(row("a", { version: "2" }), "1"), true, "the answer of another process");
      expectEqual(await rows.replace(row("a", { version: "3" }), "1"), false, "a second answer");
      expectEqual(await rows.read("acme", row("a").key), row("a", { version: "2" }), "what stands");
    },
  ),
  storeCase(
    {
      id: "approval-out-of-reach",
      title: "A5, R6: what was answered while the backend failed is so, and nothing is half done",
      needs: ["pause"],
    },
    async ({ store, pause, resume }) => {
      const rows = approvalsOf(store);
      if (pause === undefined || resume === undefined) {
        throw new ConformanceError("the harness says that it can pause, but offers no way to");
      }
      await rows.insert(row("a"), wide);
      const approved = row("a", { version: "2", text: '{"status":"approved"}' });
      await pause();
      const asked = Promise.all([
        rejectionOf(() => rows.replace(approved, "1")),
        rejectionOf(() => rows.insert(row("b"), wide)),
      ]);
      await resume();
      const [replaced, inserted] = await asked;
      const found = [await rows.read("acme", row("a").key), await rows.read("acme", row("b").key)];
      // What was rejected may have happened; what was answered has.
      if (!(replaced instanceof StateStoreError)) expectEqual([replaced, found[0]], [true, approved], "the answer");
      else if (found[0]?.version !== "2") expectEqual(found[0], row("a"), "the request that was not answered");
      if (!(inserted instanceof StateStoreError))
        expectEqual([inserted, found[1]], ["inserted", row("b")], "the request");
    },
  ),
  storeCase(
    { id: "approval-lost-with-state", title: "A6: a request is lost where the state is lost", needs: ["lose"] },
    async ({ store, lose }) => {
      await approvalsOf(store).insert(row("a"), wide);
      const after = await lose?.();
      if (after === undefined) throw new ConformanceError("the harness lost nothing");
      const found = await rejectionOf(() => approvalsOf(after).read("acme", row("a").key));
      if (found instanceof StateStoreError) return;
      expectEqual(found, undefined, "what is read after the loss");
    },
  ),
];

function row(letter: string, changes: Partial<ApprovalRow> = {}): ApprovalRow {
  const kept = { owner: "u", version: "1", expiresAt: later, text: '{"status":"pending"}' };
  return { partition: "acme", key: letter.padEnd(64, "0"), ...kept, ...changes };
}

function rowsCase(id: string, title: string, attempt: (rows: ApprovalStore) => Promise<void>): StoreCase {
  return storeCase({ id, title }, ({ store }) => attempt(approvalsOf(store)));
}

function approvalsOf({ approvals }: StateStore): ApprovalStore {
  if (approvals === undefined) throw new ConformanceError("the store keeps no requests for approval");
  return approvals;
}

async function reopened({ reopen }: TestedStore): Promise<StateStore> {
  if (reopen === undefined) throw new ConformanceError("the harness opens no second handle");
  return reopen();
}

/** What is answered, or the `StateStoreError` that it is rejected with. */
async function rejectionOf(ask: () => unknown): Promise<unknown> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof StateStoreError) return error;
    throw new ConformanceError(`rejected with ${String(error)}, which is no StateStoreError`, { cause: error });
  }
}
