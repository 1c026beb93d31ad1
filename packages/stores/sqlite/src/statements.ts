import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Every statement that a plan needs, prepared once. */
export type Statements = Readonly<Record<keyof typeof texts, StatementSync>>;

const texts = {
  begin: "BEGIN IMMEDIATE",
  commit: "COMMIT",
  rollback: "ROLLBACK",
  enter: "SAVEPOINT plan",
  leave: "RELEASE plan",
  undo: "ROLLBACK TO plan",

  readEpoch: "SELECT epoch FROM state",
  addCells: "UPDATE state SET cells = cells + ? RETURNING cells",
  readTenant: "SELECT id FROM tenants WHERE name = ?",
  addTenant: "INSERT INTO tenants (name, cells) VALUES (?, 0) RETURNING id",
  addTenantCells: "UPDATE tenants SET cells = cells + ? WHERE id = ? RETURNING cells",
  dropTenant: "DELETE FROM tenants WHERE id = ? AND cells = 0",

  readMark: "SELECT at, due FROM marks WHERE tenant = ? AND key = ?",
  addMark: "INSERT INTO marks (tenant, key, at, due) VALUES (?, ?, ?, ?)",
  setMark: "UPDATE marks SET at = ? WHERE tenant = ? AND key = ?",
  setMarkDue: "UPDATE marks SET at = ?, due = ? WHERE tenant = ? AND key = ?",
  dropMark: "DELETE FROM marks WHERE tenant = ? AND key = ?",
  dueMarks: "SELECT tenant, key FROM marks WHERE due <= ? LIMIT ?",

  readStreak: "SELECT length, due FROM streaks WHERE tenant = ? AND key = ?",
  addStreak: "INSERT INTO streaks (tenant, key, length, due) VALUES (?, ?, 1, ?)",
  growStreak: "UPDATE streaks SET length = length + 1 WHERE tenant = ? AND key = ?",
  setStreakDue: "UPDATE streaks SET due = ? WHERE tenant = ? AND key = ?",
  dropStreak: "DELETE FROM streaks WHERE tenant = ? AND key = ?",
  dueStreaks: "SELECT tenant, key FROM streaks WHERE due <= ? LIMIT ?",

  readTrail: "SELECT id, entries, due FROM trails WHERE tenant = ? AND key = ?",
  addTrail: "INSERT INTO trails (tenant, key, entries, due) VALUES (?, ?, ?, ?)",
  setTrail: "UPDATE trails SET entries = ? WHERE id = ?",
  setTrailDue: "UPDATE trails SET due = ? WHERE id = ?",
  dropTrail: "DELETE FROM trails WHERE id = ?",
  dueTrails: "SELECT id, tenant FROM trails WHERE due <= ? LIMIT ?",

  readSwitch: "SELECT until FROM switches WHERE tenant = ? AND key = ?",
  addSwitch: "INSERT INTO switches (tenant, key, until, due) VALUES (?, ?, ?, ?)",
  setSwitch: "UPDATE switches SET until = ?, due = ? WHERE tenant = ? AND key = ?",
  dropSwitch: "DELETE FROM switches WHERE tenant = ? AND key = ?",
  dueSwitches: "SELECT tenant, key FROM switches WHERE due <= ? LIMIT ?",

  readCounter: "SELECT id, span, entries, due FROM counters WHERE tenant = ? AND key = ?",
  addCounter: "INSERT INTO counters (tenant, key, span, entries, due) VALUES (?, ?, ?, ?, ?)",
  setCounter: "UPDATE counters SET span = ?, entries = ? WHERE id = ?",
  setCounterDue: "UPDATE counters SET due = ? WHERE id = ?",
  dropCounter: "DELETE FROM counters WHERE id = ?",
  dueCounters: "SELECT id, tenant FROM counters WHERE due <= ? LIMIT ?",

  readAccount:
    "SELECT id, window, ends, committed, reserved, span, latest, next_lease, lifetime_ends, due FROM accounts WHERE tenant = ? AND key = ?",
  addAccount:
    "INSERT INTO accounts (tenant, key, window, ends, committed, reserved, span, latest, next_lease, lifetime_ends, due) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
  setAccount:
    "UPDATE accounts SET window = ?, ends = ?, committed = ?, reserved = ?, span = ?, latest = ?, next_lease = ?, lifetime_ends = ? WHERE id = ?",
  setAccountDue: "UPDATE accounts SET due = ? WHERE id = ?",
  dropAccount: "DELETE FROM accounts WHERE id = ?",
  dueAccounts:
    "SELECT id, tenant, committed, lifetime_ends, (SELECT max(lease_until) FROM reservations WHERE account = accounts.id) AS last_lease FROM accounts WHERE due <= ? LIMIT ?",

  findReservation: "SELECT id FROM reservations WHERE account = ? AND evaluation = ?",
  addReservation:
    "INSERT INTO reservations (account, evaluation, window, at, amount, lease_until, expiry, expired) VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
  readReservations:
    "SELECT id, window, at, amount, lease_until, expiry, expired FROM reservations WHERE account = ? ORDER BY id",
  endReservation:
    "DELETE FROM reservations WHERE account = ? AND evaluation = ? RETURNING window, at, amount, expiry, expired",
  expireReservation:
    "DELETE FROM reservations WHERE account = ? AND evaluation = ? AND expired = 0 RETURNING window, at, amount, expiry, expired",
  renewReservation:
    "UPDATE reservations SET lease_until = max(lease_until, ?) WHERE account = ? AND evaluation = ? AND expired = 0",
  markExpired: "UPDATE reservations SET expired = 1 WHERE id = ?",
  dropReservation: "DELETE FROM reservations WHERE id = ?",
  dropReservations: "DELETE FROM reservations WHERE account = ?",

  readCharges: "SELECT at, amount FROM charges WHERE account = ? ORDER BY at",
  readCharge: "SELECT amount FROM charges WHERE account = ? AND at = ?",
  addCharge:
    "INSERT INTO charges (account, at, amount) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET amount = amount + excluded.amount",
  setCharge: "UPDATE charges SET amount = ? WHERE account = ? AND at = ?",
  forgetCharges: "DELETE FROM charges WHERE account = ? AND at <= ? RETURNING amount",
  dropCharges: "DELETE FROM charges WHERE account = ?",

  dropExpiredApprovals: "DELETE FROM approvals WHERE partition = ? AND expires_at <= ?",
  countApprovals: "SELECT count(*) AS rows, coalesce(sum(owner = ?), 0) AS owned FROM approvals WHERE partition = ?",
  addApproval: "INSERT INTO approvals (partition, key, owner, version, expires_at, text) VALUES (?, ?, ?, ?, ?, ?)",
  readApproval: "SELECT key, owner, version, expires_at, text FROM approvals WHERE partition = ? AND key = ?",
  replaceApproval:
    "UPDATE approvals SET version = ?, expires_at = ?, text = ? WHERE partition = ? AND key = ? AND version = ?",
  listApprovals:
    "SELECT key, owner, version, expires_at, text FROM approvals WHERE partition = ? AND key > ? ORDER BY key LIMIT ?",
} as const;

/** Prepares them. */
export function prepareStatements(database: DatabaseSync): Statements {
  const prepared = Object.entries(texts).map(([name, text]) => [name, database.prepare(text)]);
  return Object.fromEntries(prepared) as Statements; // One for each of the texts.
}
