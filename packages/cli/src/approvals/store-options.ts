import { UsageError } from "../command.ts";

/** The options that say where requests are kept, and whose. */
export const storeOptions = {
  store: { type: "string" },
  prefix: { type: "string" },
  schema: { type: "string" },
  tenant: { type: "string" },
} as const;

/** What `--help` says of them. */
export const storeUsage = `  --store STORE    the state store of the application: sqlite:FILE, redis://HOST or postgres://HOST/DATABASE
                   (default: the environment variable AMBIT_STORE, which keeps a password out of the list of processes)
  --prefix TEXT    of Redis: what the application's keys begin with (default: ambit:)
  --schema NAME    of Postgres: the application's schema (default: ambit)
  --tenant NAME    the tenant whose requests they are (default: the empty one)`;

/** The values of {@link storeOptions}. */
export interface StoreValues {
  readonly store?: string | undefined;
  readonly prefix?: string | undefined;
  readonly schema?: string | undefined;
  readonly tenant?: string | undefined;
}

/** A store that the command can open. */
export type StorePlace =
  | { readonly kind: "sqlite"; readonly file: string }
  | { readonly kind: "redis"; readonly url: string; readonly prefix: string | undefined }
  | { readonly kind: "postgres"; readonly url: string; readonly schema: string | undefined };

/** Which store the options name. Throws a {@link UsageError} that never repeats an address: it may hold a password. */
export function readStore({ store = process.env["AMBIT_STORE"], prefix, schema }: StoreValues): StorePlace {
  if (store === undefined || store === "") throw new UsageError("name the store: --store STORE");
  const place = placeOf(store, { prefix, schema });
  if (place === undefined) {
    throw new UsageError("--store must begin with sqlite:, redis://, rediss://, postgres:// or postgresql://");
  }
  if (prefix !== undefined && place.kind !== "redis") throw new UsageError("--prefix belongs to a store in Redis");
  if (schema !== undefined && place.kind !== "postgres")
    throw new UsageError("--schema belongs to a store in Postgres");
  return place;
}

function placeOf(store: string, { prefix, schema }: Pick<StoreValues, "prefix" | "schema">): StorePlace | undefined {
  if (store.startsWith("sqlite:")) return { kind: "sqlite", file: store.slice("sqlite:".length) };
  if (/^rediss?:\/\//.test(store)) return { kind: "redis", url: store, prefix };
  if (/^postgres(ql)?:\/\//.test(store)) return { kind: "postgres", url: store, schema };
  return undefined;
}
