import { openPostgresStore, type PostgresStore } from "@ambit/postgres";
import { median } from "../measure.ts";
import { tellProgress } from "../progress.ts";
import { readableCount, readableRatio } from "../readable.ts";
import { divide, type Effort, type Report, type Section, type Table } from "../section.ts";
import { type HotBudget, spendHotBudget } from "../state/hot-budget.ts";
import { hotBudgetGoals, hotBudgetTable } from "../state/hot-budget-goals.ts";
import { closingPlan, decidingPlan } from "./call-plans.ts";
import { openScratchSchema, type ScratchSchema } from "./database.ts";
import { runPgbench } from "./pgbench.ts";

/** Plans a second with state in Postgres, beside `pgbench` with the same statements on the same server. */
export const postgresSection: Section = { name: "postgres", run: benchPostgres };

interface Load {
  readonly workers: number;
  readonly users: number;
}

const loads: readonly Load[] = [
  { workers: 1, users: 1_000 },
  { workers: 64, users: 1_000 },
  { workers: 64, users: 1 },
];

/** Plans a second. */
interface Rates {
  readonly load: Load;
  readonly store: number[];
  readonly pgbench: number[];
}

async function benchPostgres(effort: Effort): Promise<Report> {
  const scratch = await openScratchSchema();
  if ("missing" in scratch) {
    tellProgress(`*** Postgres is not measured: ${scratch.missing}. ***`);
    return reportOf([], undefined, `NOTHING WAS MEASURED: ${scratch.missing}.`);
  }
  try {
    const store = await openPostgresStore({ connection: scratch.url, schema: scratch.schema, timeout: 20_000 });
    try {
      const rates = await measureRounds(effort, { scratch, store });
      tellProgress("state in Postgres: 64 workers on one budget");
      const hot = await spendHotBudget(store, effort.rounds > 1 ? 10_000 : 80);
      return reportOf(rates, hot, "Each round times all of them in turn; the medians count.");
    } finally {
      await store.close();
    }
  } finally {
    await scratch.close();
  }
}

async function measureRounds(
  { rounds }: Effort,
  { scratch, store }: { readonly scratch: ScratchSchema; readonly store: PostgresStore },
): Promise<readonly Rates[]> {
  const rates: Rates[] = loads.map((load) => ({ load, store: [], pgbench: [] }));
  const seconds = rounds > 1 ? 2 : 0.1;
  // A quick run shares the server, and its connections, with the tests.
  const most = rounds > 1 ? 64 : 4;
  const asked = Math.ceil(rounds / 3);
  for (let round = 0; round < asked; round += 1) {
    tellProgress(`state in Postgres, round ${round + 1} of ${asked}`);
    for (const { load, ...samples } of rates) {
      samples.store.push(await storeRate(store, load, { seconds, round }));
      samples.pgbench.push(
        await runPgbench(scratch, { clients: Math.min(most, load.workers), users: load.users, seconds }),
      );
    }
  }
  return rates;
}

/** Half of the plans decide, half settle; both count, as pgbench does both in turn. */
async function storeRate(
  store: PostgresStore,
  { workers, users }: Load,
  { seconds, round }: { readonly seconds: number; readonly round: number },
): Promise<number> {
  const started = performance.now();
  let count = 0;
  const work = async (worker: number) => {
    for (let call = 0; performance.now() < started + seconds * 1_000; call += 1) {
      const user = `store-${users}-${(worker * 7_919 + call * 104_729) % users}`;
      const plan = decidingPlan(user, `${workers}-${users}-${round}-${worker}-${call}`, Date.now());
      const { held } = await store.apply(plan);
      if (!held) throw new Error("a decision of the benchmark was refused");
      await store.apply(closingPlan(plan));
      count += 2;
    }
  };
  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
  return (count / (performance.now() - started)) * 1_000;
}

function reportOf(rates: readonly Rates[], hot: HotBudget | undefined, note: string): Report {
  return {
    tables: [rateTable(rates), hotBudgetTable(hot)],
    goals: hotBudgetGoals("Postgres", hot, 500),
    notes: [
      note,
      "A call is two plans: eight checks and eight effects, then its settlement. pgbench sends each in a statement of its own;",
      "the store sends those together that come while its four connections are busy. All share this machine.",
    ],
  };
}

function rateTable(rates: readonly Rates[]): Table {
  const rows = loads.map((load) => {
    const found = rates.find((entry) => entry.load === load);
    const store = found && median(found.store);
    const pgbench = found && median(found.pgbench);
    const ratio = divide(store, pgbench);
    const cells = [readable(store), readable(pgbench), ratio === undefined ? "" : readableRatio(ratio)];
    const { workers, users } = load;
    const name = `${workers === 1 ? "one at a time" : `${workers} at once`}, ${users === 1 ? "one user" : `${readableCount(users)} users`}`;
    return { name, cells, figures: [store, pgbench, ratio] };
  });
  return { title: "Plans a second", columns: ["", "store", "pgbench", "ratio"], rows };
}

function readable(rate: number | undefined): string {
  return rate === undefined ? "not measured" : readableCount(Math.round(rate));
}
