import type { ApprovalInsertion, ApprovalLimits, ApprovalPage, ApprovalRow, ApprovalStore } from "./approval-store.ts";

/** A store of approvals that answers at once. */
export interface MemoryApprovals extends ApprovalStore {
  insert(row: ApprovalRow, limits: ApprovalLimits): ApprovalInsertion;
  read(partition: string, key: string): ApprovalRow | undefined;
  replace(row: ApprovalRow, expectedVersion: string): boolean;
  list(partition: string, page: ApprovalPage): readonly ApprovalRow[];
}

/**
 * How many characters of rows are kept in all, and which share of them a tenant may fill at most, so that none fills the
 * store for all.
 */
const capacity = { characters: 64_000_000, share: 0.9 } as const;

/** The rows of one tenant. */
interface Partition {
  readonly rows: Map<string, ApprovalRow>;
  characters: number;
}

/** Requests for approval in this process's memory: lost with the process, as the state beside them is. */
export function createMemoryApprovals(): MemoryApprovals {
  const partitions = new Map<string, Partition>();
  let characters = 0;

  function put(partition: Partition, row: ApprovalRow): void {
    take(partition, row.key);
    partition.rows.set(row.key, { ...row });
    partition.characters += row.text.length;
    characters += row.text.length;
  }

  function take(partition: Partition, key: string): void {
    const row = partition.rows.get(key);
    if (row === undefined) return;
    partition.rows.delete(key);
    partition.characters -= row.text.length;
    characters -= row.text.length;
  }

  function forget(partition: Partition, now: number): void {
    for (const { key, expiresAt } of partition.rows.values()) if (expiresAt <= now) take(partition, key);
  }

  /** INVARIANT (R1): of a tenant that has no requests any more nothing is left. */
  function forgetAll(now: number): void {
    for (const [name, partition] of partitions) {
      forget(partition, now);
      if (partition.rows.size === 0) partitions.delete(name);
    }
  }

  function hasRoom({ characters: used }: Partition, { text }: ApprovalRow): boolean {
    const { characters: most, share } = capacity;
    return characters + text.length <= most && used + text.length <= most * share;
  }

  return {
    insert(row, limits) {
      const partition = partitions.get(row.partition) ?? { rows: new Map(), characters: 0 };
      forget(partition, limits.now);
      if (partition.rows.has(row.key)) return "exists";
      if (!isWithin(partition, row, limits)) return "full";
      if (!hasRoom(partition, row)) forgetAll(limits.now);
      if (!hasRoom(partition, row)) return "full";
      partitions.set(row.partition, partition);
      put(partition, row);
      return "inserted";
    },
    read: (partition, key) => partitions.get(partition)?.rows.get(key),
    replace(row, expectedVersion) {
      const partition = partitions.get(row.partition);
      if (partition?.rows.get(row.key)?.version !== expectedVersion) return false;
      put(partition, row);
      return true;
    },
    list(partition, { after = "", limit }) {
      const rows = [...(partitions.get(partition)?.rows.values() ?? [])].filter(({ key }) => key > after);
      return rows.sort(({ key: one }, { key: other }) => (one < other ? -1 : 1)).slice(0, limit);
    },
  };
}

function isWithin({ rows }: Partition, { owner }: ApprovalRow, limits: ApprovalLimits): boolean {
  if (rows.size >= limits.partition) return false;
  let owned = 0;
  for (const row of rows.values()) if (row.owner === owner) owned += 1;
  return owned < limits.owner;
}
