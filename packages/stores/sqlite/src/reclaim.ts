import { correctable } from "./account-rows.ts";
import { dayOf, dueDay, laterDay } from "./due-day.ts";
import type { Statements } from "./statements.ts";

interface Dropped {
  readonly tenant: number;
}

/**
 * Drops up to `most` cells of each kind of which nothing can be asked any more, and gives back how many it dropped.
 *
 * INVARIANT (S1, R1): what is live is never dropped; money that is held, or was spent in a lifetime without an end, is live.
 */
export function reclaim(statements: Statements, now: number, most: number): number {
  const today = dayOf(now);
  const tenants = new Map<number, number>();
  const count = ({ tenant }: Dropped) => void tenants.set(tenant, (tenants.get(tenant) ?? 0) + 1);
  for (const { tenant, key } of dueCells(statements, "dueMarks", today, most)) {
    statements.dropMark.run(tenant, key);
    count({ tenant });
  }
  for (const { tenant, key } of dueCells(statements, "dueSwitches", today, most)) {
    statements.dropSwitch.run(tenant, key);
    count({ tenant });
  }
  for (const { tenant, key } of dueCells(statements, "dueStreaks", today, most)) {
    statements.dropStreak.run(tenant, key);
    count({ tenant });
  }
  const trails = statements.dueTrails.all(today, most) as unknown as readonly (Dropped & { readonly id: number })[];
  for (const { id, tenant } of trails) {
    statements.dropTrail.run(id);
    count({ tenant });
  }
  const counters = statements.dueCounters.all(today, most) as unknown as readonly (Dropped & { readonly id: number })[];
  for (const { id, tenant } of counters) {
    statements.dropCounter.run(id);
    count({ tenant });
  }
  for (const account of statements.dueAccounts.all(today, most) as unknown as readonly DueAccount[]) {
    if (dropAccount(statements, account, today)) count(account);
  }
  return forget(statements, tenants);
}

interface DueCell extends Dropped {
  readonly key: string | Uint8Array;
}

// The columns of each query that is read here are those of the interface beside it.
function dueCells(
  statements: Statements,
  name: "dueMarks" | "dueSwitches" | "dueStreaks",
  today: number,
  most: number,
) {
  return statements[name].all(today, most) as unknown as readonly DueCell[];
}

interface DueAccount extends Dropped {
  readonly id: number;
  readonly committed: number;
  readonly lifetime_ends: number;
  readonly last_lease: number | null;
}

function dropAccount(statements: Statements, account: DueAccount, today: number): boolean {
  const { id, committed, lifetime_ends: lifetimeEnds, last_lease: lastLease } = account;
  // What nobody ended may yet be corrected, and is a charge then.
  const open = lastLease === null ? 0 : dueDay(lastLease + correctable);
  const charged = lastLease !== null || committed > 0 ? dueDay(lifetimeEnds) : 0;
  const due = laterDay(open, charged);
  if (due === null || due > today) {
    statements.setAccountDue.run(due, id);
    return false;
  }
  statements.dropCharges.run(id);
  statements.dropReservations.run(id);
  statements.dropAccount.run(id);
  return true;
}

function forget(statements: Statements, tenants: ReadonlyMap<number, number>): number {
  let dropped = 0;
  for (const [tenant, cells] of tenants) {
    dropped += cells;
    statements.addTenantCells.get(-cells, tenant);
    statements.dropTenant.run(tenant);
  }
  if (dropped > 0) statements.addCells.get(-dropped);
  return dropped;
}
