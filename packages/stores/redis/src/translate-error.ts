import { StateStoreError } from "@ambit/core";

const advice: Readonly<Record<string, string>> = {
  AMBIT_DAMAGED: "something else has written to the store's keys",
  WRONGTYPE: "something else has written to the store's keys",
  READONLY: "this is a replica: connect to the master",
  LOADING: "Redis is still loading its data",
  NOREPLICAS: "too few replicas are connected for min-replicas-to-write",
  MISCONF: "Redis cannot save its data",
  CLUSTERDOWN: "the cluster does not serve all slots",
  MOVED: "this is a cluster: give a Cluster client",
  ASK: "this is a cluster: give a Cluster client",
  CROSSSLOT: "a plan's keys are not in one slot",
};

/** What a client rejected with, as a {@link StateStoreError}: whatever it is, it is not an answer. */
export function translateError(error: unknown): StateStoreError {
  if (error instanceof StateStoreError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = message.slice(0, `${message} `.indexOf(" "));
  if (code === "OOM" || code === "AMBIT_CAPACITY") {
    // INVARIANT (S1, R1): at the cap what is new is refused; nothing that is known is forgotten.
    return new StateStoreError("state_capacity", `Redis holds as much as it may: ${message}`, { cause: error });
  }
  if (code === "AMBIT_ARITHMETIC") {
    return new StateStoreError("state_arithmetic", "an amount or an account's sum is not exact", { cause: error });
  }
  const known = Object.hasOwn(advice, code) ? `${advice[code]}: ` : "";
  return new StateStoreError("state_unavailable", `Redis did not take the plan: ${known}${message}`, { cause: error });
}
