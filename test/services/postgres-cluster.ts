import { execFile } from "node:child_process";
import { globSync } from "node:fs";
import { createServer } from "node:net";
import { promisify } from "node:util";
import type { NeededService } from "./needed-service.ts";
import { ask } from "./postgres-service.ts";

const run = promisify(execFile);
const [programs] = globSync("/usr/lib/postgresql/*/bin").sort().reverse();

/** What it takes to start a Postgres of a test's own. */
export const postgresPrograms: NeededService = {
  name: "initdb, to start a Postgres of the tests' own,",
  advice: "Install the server's own programs below /usr/lib/postgresql.",
  reach: async () => {
    await asServer(`${programs}/initdb --version`);
  },
};

/** A server of a test's own, that it may stop, promote and put back. */
export interface PostgresCluster {
  readonly url: string;
  start(): Promise<void>;
  /** Stops it as a crash does: nothing is written that was not before. */
  crash(): Promise<void>;
  /** Makes a standby from it, and starts that. */
  makeStandby(): Promise<PostgresCluster>;
  promote(): Promise<void>;
  /** Keeps its files as they are; gives what puts them back. Both while it is stopped. */
  keepFiles(): Promise<() => Promise<void>>;
  /** Dumps a schema, drops it and restores the dump. */
  restoreDump(schema: string): Promise<void>;
  /** Stops it and removes its files. */
  remove(): Promise<void>;
}

/** Makes a server with nothing in it, and starts it. */
export async function startCluster(): Promise<PostgresCluster> {
  const folder = (await asServer("mktemp -d")).trim();
  await asServer(`${programs}/initdb -D ${folder}/data -U postgres -A trust -E UTF8 --locale=C --no-sync`);
  const cluster = clusterIn(folder, await freePort());
  await cluster.start();
  return cluster;
}

function clusterIn(folder: string, port: number): PostgresCluster {
  const data = `${folder}/data`;
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const control = (command: string) => asServer(`${programs}/pg_ctl -D ${data} -w ${command} > ${folder}/log 2>&1`);
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder} -c shared_buffers=16MB`;
  return {
    url,
    start: async () => void (await control(`-o '${settings}' start`)),
    crash: async () => void (await control("-m immediate stop")),
    makeStandby: async () => {
      const standbyFolder = (await asServer("mktemp -d")).trim();
      await ask(url, "CHECKPOINT");
      await asServer(
        `${programs}/pg_basebackup -h 127.0.0.1 -p ${port} -U postgres -D ${standbyFolder}/data -R -X stream`,
      );
      const standby = clusterIn(standbyFolder, await freePort());
      await standby.start();
      return standby;
    },
    promote: async () => void (await control("promote")),
    keepFiles: async () => {
      await asServer(`rm -rf ${folder}/kept && cp -r ${data} ${folder}/kept`);
      return async () => void (await asServer(`rm -rf ${data} && cp -r ${folder}/kept ${data}`));
    },
    restoreDump: async (schema) => {
      const at = `-h 127.0.0.1 -p ${port} -U postgres`;
      await asServer(`${programs}/pg_dump ${at} -n ${schema} postgres > ${folder}/dump`);
      await ask(url, `DROP SCHEMA ${schema} CASCADE`);
      await asServer(`${programs}/psql ${at} -q -v ON_ERROR_STOP=1 -f ${folder}/dump postgres`);
    },
    remove: async () => {
      await control("-m immediate stop").catch(() => {}); // It may be stopped already.
      await asServer(`rm -rf ${folder}`);
    },
  };
}

/** Postgres refuses to run as root. */
async function asServer(command: string): Promise<string> {
  const [program, ...rest] = process.getuid?.() === 0 ? ["su", "postgres", "-c", command] : ["bash", "-c", command];
  return (await run(program ?? "bash", rest, { cwd: "/", encoding: "utf8" })).stdout;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("there is no free port");
  return address.port;
}
