import { createAuthorizer, parsePolicy } from "@ambit/core";
import { createPostgresSchema, openPostgresStore, type PostgresStore } from "@ambit/postgres";
import { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPlan, reservePlan } from "../services/account-plans.ts";
import { startFaultyProxy } from "../services/faulty-proxy.ts";
import { serviceIsThere } from "../services/needed-service.ts";
import { type PostgresCluster, postgresPrograms, startCluster } from "../services/postgres-cluster.ts";
import {
  ask,
  databaseUrl,
  newPool,
  type OwnStore,
  openOwnStore,
  postgresService,
} from "../services/postgres-service.ts";

const unavailable = { name: "StateStoreError", code: "state_unavailable" } as const;

describe.skipIf(!(await serviceIsThere(postgresService)))("faults of Postgres", () => {
  let own: OwnStore;
  beforeAll(async () => {
    own = await openOwnStore({ connection: withParameters({ application_name: "ambit faults" }) });
  });
  afterAll(() => own.close());

  it("R6, R3: a store whose connections are ended goes on with others", async () => {
    let known = 0;
    for (let round = 0; round < 5; round += 1) {
      const pending = Promise.allSettled(
        Array.from({ length: 16 }, (_, call) => own.store.apply(reservePlan(["ended"], `${round}:${call}`))),
      );
      await own.pool.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ambit faults' AND usename = current_user",
      );
      const answers = await pending;
      for (const answer of answers) {
        if (answer.status === "rejected") expect(answer.reason).toMatchObject(unavailable);
      }
      await until(() => own.store.apply(readPlan(["ended"])));
      const admitted = answers.filter(({ status }) => status === "fulfilled").length;
      const unknown = answers.length - admitted;
      const after = await spent(own.store, "ended");
      expect(after).toBeGreaterThanOrEqual(known + admitted);
      expect(after).toBeLessThanOrEqual(known + admitted + unknown);
      known = after;
    }
  });

  it("B3: a commit that nobody heard of is rejected, and asking again charges nothing more", async () => {
    const { hostname, port } = new URL(databaseUrl);
    const proxy = await startFaultyProxy(hostname, Number(port || 5432));
    const url = new URL(databaseUrl);
    url.host = `127.0.0.1:${proxy.port}`;
    const store = await openPostgresStore({ connection: url.href, schema: own.schema });
    try {
      const plan = reservePlan(["unheard"], "e1", { amount: 7 });
      proxy.setFault("hold");
      const answer = expect(store.apply(plan)).rejects.toMatchObject(unavailable);
      await until(async () => {
        if ((await spent(own.store, "unheard")) !== 7) throw new Error("not yet");
      });
      proxy.breakConnections();
      await answer;
      proxy.setFault("none");
      expect((await until(() => store.apply(plan))).held).toBe(true);
      expect(await spent(store, "unheard")).toBe(7);
    } finally {
      await store.close();
      await proxy.close();
    }
  });

  it("R6: a backend that never answers is given up, and nothing waits for it", async () => {
    const { hostname, port } = new URL(databaseUrl);
    const proxy = await startFaultyProxy(hostname, Number(port || 5432));
    const url = new URL(databaseUrl);
    url.host = `127.0.0.1:${proxy.port}`;
    const store = await openPostgresStore({ connection: url.href, schema: own.schema, timeout: 200 });
    try {
      proxy.setFault("hold");
      const answers = await Promise.allSettled(
        Array.from({ length: 40 }, (_, call) => store.apply(reservePlan([`silent ${call}`], "e"))),
      );
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => "rejected"));
      proxy.setFault("none");
      expect((await until(() => store.apply(readPlan(["other"])))).held).toBe(true);
    } finally {
      await store.close();
      await proxy.close();
    }
  });

  it("R6: a cell that somebody else holds is given up in time, and the other cells are not", async () => {
    const holder = await own.pool.connect();
    try {
      await holder.query("BEGIN");
      await holder.query(`SELECT pg_advisory_xact_lock("${own.schema}".lock_of('tenant', 'held'))`);
      const held = own.store.apply(reservePlan(["held"], "e1"));
      expect((await own.store.apply(reservePlan(["free"], "e1"))).held).toBe(true);
      await expect(held).rejects.toMatchObject(unavailable);
      await holder.query("ROLLBACK");
      expect((await own.store.apply(reservePlan(["held"], "e1"))).held).toBe(true);
    } finally {
      holder.release();
    }
  });

  it("sends a plan again that the server gave up for another's sake, but not for ever", async () => {
    await own.pool.query(`
      CREATE SEQUENCE "${own.schema}".tries;
      CREATE FUNCTION "${own.schema}".give_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('"${own.schema}".tries') <= 2 OR new.key = 'always' THEN
          RAISE EXCEPTION 'given up' USING ERRCODE = CASE new.key WHEN 'deadlock' THEN '40P01' ELSE '40001' END;
        END IF;
        RETURN new;
      END $$;
      CREATE TRIGGER give_up BEFORE INSERT ON "${own.schema}".cell FOR EACH ROW
      WHEN (new.key IN ('conflict', 'deadlock', 'always')) EXECUTE FUNCTION "${own.schema}".give_up()`);
    for (const key of ["conflict", "deadlock"]) {
      await own.pool.query(`ALTER SEQUENCE "${own.schema}".tries RESTART`);
      expect((await own.store.apply(reservePlan([key], "e1"))).held).toBe(true);
      expect(await spent(own.store, key)).toBe(1);
    }
    await expect(own.store.apply(reservePlan(["always"], "e1"))).rejects.toMatchObject(unavailable);
  });

  it("a plan whose data the database refuses takes none with it that came at the same time", async () => {
    await own.pool.query(`ALTER TABLE "${own.schema}".cell ADD CONSTRAINT no_poison CHECK (key <> 'poison')`);
    const answers = await Promise.allSettled(
      Array.from({ length: 30 }, (_, call) =>
        own.store.apply(reservePlan([call === 20 ? "poison" : "sound"], `p${call}`)),
      ),
    );
    expect(answers.flatMap(({ status }, call) => (status === "rejected" ? [call] : []))).toEqual([20]);
    expect(await spent(own.store, "sound")).toBe(29);
  });

  it("S1: a table that is emptied, and a row of the life that is gone, are noticed", async () => {
    const lost = await openOwnStore();
    try {
      const { epoch } = await lost.store.apply(reservePlan(["a"], "e1"));
      await lost.pool.query(`TRUNCATE "${lost.schema}".cell`);
      expect((await lost.store.apply(readPlan(["a"]))).epoch).not.toBe(epoch);
      await lost.pool.query(`DELETE FROM "${lost.schema}".life`);
      await expect(lost.store.apply(readPlan(["a"]))).rejects.toMatchObject({ code: "state_lost" });
      await expect(openPostgresStore({ connection: databaseUrl, schema: lost.schema })).rejects.toMatchObject({
        code: "state_lost",
      });
    } finally {
      await lost.close();
    }
  });

  it.each<[string, Record<string, string>, string]>([
    ["commits that a crash undoes", { options: "-c synchronous_commit=off" }, "synchronous_commit off"],
    [
      "an isolation that reads too early",
      { options: "-c default_transaction_isolation=serializable" },
      "read committed",
    ],
  ])("is not opened over %s", async (_what, parameters, message) => {
    const opening = openPostgresStore({ connection: withParameters(parameters), schema: own.schema });
    await expect(opening).rejects.toMatchObject({
      code: "state_unavailable",
      message: expect.stringContaining(message),
    });
  });

  it("refuses plans on a connection whose commits a crash undoes, until that is acknowledged", async () => {
    const pool = newPool();
    try {
      const store = await openPostgresStore({ connection: pool, schema: own.schema, connections: 1 });
      const acknowledged = await openPostgresStore({
        connection: pool,
        schema: own.schema,
        asynchronousCommit: "acknowledged",
      });
      const client = await pool.connect();
      await client.query("SET synchronous_commit = off");
      client.release();
      await expect(store.apply(reservePlan(["x"], "e1"))).rejects.toMatchObject(unavailable);
      expect((await acknowledged.apply(reservePlan(["x"], "e1"))).held).toBe(true);
    } finally {
      await pool.end();
    }
  });
});

describe.skipIf(!(await serviceIsThere(postgresPrograms)))("a Postgres that fails as a whole", () => {
  let cluster: PostgresCluster;
  let store: PostgresStore;
  beforeAll(async () => {
    cluster = await startCluster();
    const pool = newPool(cluster.url);
    await createPostgresSchema(pool);
    await pool.end();
    store = await openPostgresStore({ connection: cluster.url });
  });
  afterAll(async () => {
    await store.close();
    await cluster.remove();
  });

  it("R6, B6: while it is down calls are denied; once it is up they go on, and nothing that was answered is lost", async () => {
    const policy = parsePolicy(`
tools: { buy: { scope: tool:buy, cost: 1 } }
policies: [{ role: rep, allow: [tool:buy] }]
budgets: [{ per: user, limit: 3 }]
`);
    const authorizer = createAuthorizer({ policy, store });
    const context = { subject: { id: "u", roles: ["rep"], scopes: ["tool:**"] }, actor: { id: "a" }, session: "s" };
    const buy = () => authorizer.run({ tool: "buy", arguments: {} }, context, () => "bought");
    expect((await buy()).executed).toBe(true);
    await cluster.crash();
    for (let call = 0; call < 5; call += 1) {
      expect(await buy()).toMatchObject({ executed: false, decision: { code: "unavailable" } });
    }
    await cluster.start();
    expect((await until(buy, ({ executed }) => executed)).executed).toBe(true);
    expect((await buy()).executed).toBe(true);
    expect(await buy()).toMatchObject({ executed: false, decision: { code: "budget_exhausted" } });
  });

  it("S1: a standby answers nothing; promoted, it is another life of the state, unless nothing can be lost", async () => {
    const standby = await cluster.makeStandby();
    try {
      await expect(openPostgresStore({ connection: standby.url })).rejects.toMatchObject({
        message: expect.stringContaining("standby"),
      });
      const { epoch } = await store.apply(readPlan(["a"]));
      const trusting = await openPostgresStore({ connection: cluster.url, failover: "accepted" });
      const trusted = (await trusting.apply(readPlan(["a"]))).epoch;
      await trusting.close();
      await standby.promote();
      const promoted = await openPostgresStore({ connection: standby.url });
      expect((await promoted.apply(readPlan(["a"]))).epoch).not.toBe(epoch);
      await promoted.close();
      const accepted = await openPostgresStore({ connection: standby.url, failover: "accepted" });
      expect((await accepted.apply(readPlan(["a"]))).epoch).toBe(trusted);
      await accepted.close();
    } finally {
      await standby.remove();
    }
  });

  it("S1: files that are put back to an earlier moment are noticed by whoever has seen a later one", async () => {
    await cluster.crash();
    const putBack = await cluster.keepFiles();
    await cluster.start();
    const { epoch } = await until(() => store.apply(reservePlan(["later"], "e1", { amount: 5 })));
    for (let call = 0; call < 50; call += 1) await store.apply(reservePlan([`later ${call}`], "e1"));
    await cluster.crash();
    await putBack();
    await cluster.start();
    expect((await until(() => store.apply(readPlan(["later"])))).epoch).not.toBe(epoch);
  });

  it("S1: a dump that is restored holds what it held, and is another life of the state", async () => {
    const { epoch } = await until(() => store.apply(reservePlan(["dumped"], "e1", { amount: 5 })));
    await cluster.restoreDump("ambit");
    expect((await until(() => store.apply(readPlan(["dumped"])))).epoch).not.toBe(epoch);
    expect(await spent(store, "dumped")).toBe(5);
  });

  it("lets a role do nothing but take plans, if that is all it was granted", async () => {
    for (const statement of [
      "CREATE ROLE agent LOGIN",
      "GRANT USAGE ON SCHEMA ambit TO agent",
      "GRANT EXECUTE ON FUNCTION ambit.apply_plans, ambit.reclaim TO agent",
    ]) {
      await ask(cluster.url, statement);
    }
    const url = cluster.url.replace("postgres@", "agent@");
    const limited = await openPostgresStore({ connection: url });
    expect((await limited.apply(reservePlan(["granted"], "e1"))).held).toBe(true);
    await expect(limited.approvals.list("", { limit: 1 })).rejects.toThrow("grant the role USAGE");
    const lookingAfter = ["insert_approval", "replace_approval", "read_approval", "list_approvals"];
    const granted = lookingAfter.map((name) => `ambit.${name}`).join(", ");
    await ask(cluster.url, `GRANT EXECUTE ON FUNCTION ${granted} TO agent`);
    expect(await limited.approvals.list("", { limit: 1 })).toEqual([]);
    await limited.close();
    await expect(ask(url, "UPDATE ambit.cell SET committed = 0")).rejects.toMatchObject({ code: "42501" });
    await expect(ask(url, "SELECT ambit.count_cells('', 1)")).rejects.toMatchObject({ code: "42501" });
  });
});

it("says of a database that is not there that it cannot be opened", async () => {
  const pool = new Pool({ connectionString: "postgres://nobody@127.0.0.1:1/nothing" });
  await expect(openPostgresStore({ connection: pool })).rejects.toMatchObject(unavailable);
  await pool.end();
});

function withParameters(parameters: Readonly<Record<string, string>>): string {
  const url = new URL(databaseUrl);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

async function spent(store: PostgresStore, key: string): Promise<number> {
  return (await store.apply(readPlan([key]))).observed[0]?.value ?? -1;
}

/** Asks again until there is an answer, and the right one, for about five seconds. */
async function until<Answer>(
  attempt: () => Promise<Answer>,
  suits: (answer: Answer) => boolean = () => true,
): Promise<Answer> {
  let fault: unknown = new Error("the answer never came");
  for (let tries = 0; tries < 100; tries += 1) {
    try {
      const answer = await attempt();
      if (suits(answer)) return answer;
    } catch (error) {
      fault = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw fault;
}
