/** The tables of version 1. Money, moments and lengths are whole numbers; a cell that is `due` may be dropped from that day on. */
const version1 = `
CREATE TABLE state (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  epoch TEXT NOT NULL,
  cells INTEGER NOT NULL CHECK (cells >= 0)
) STRICT;
CREATE TABLE tenants (
  id INTEGER PRIMARY KEY,
  name ANY NOT NULL UNIQUE,
  cells INTEGER NOT NULL CHECK (cells >= 0)
) STRICT;
CREATE TABLE marks (
  tenant INTEGER NOT NULL,
  key ANY NOT NULL,
  at INTEGER NOT NULL,
  due INTEGER,
  PRIMARY KEY (tenant, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX marks_due ON marks (due) WHERE due IS NOT NULL;
CREATE TABLE streaks (
  tenant INTEGER NOT NULL,
  key ANY NOT NULL,
  length INTEGER NOT NULL,
  PRIMARY KEY (tenant, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE trails (
  id INTEGER PRIMARY KEY,
  tenant INTEGER NOT NULL,
  key ANY NOT NULL,
  entries TEXT NOT NULL,
  UNIQUE (tenant, key)
) STRICT;
CREATE TABLE switches (
  tenant INTEGER NOT NULL,
  key ANY NOT NULL,
  until INTEGER NOT NULL,
  due INTEGER,
  PRIMARY KEY (tenant, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX switches_due ON switches (due) WHERE due IS NOT NULL;
CREATE TABLE counters (
  id INTEGER PRIMARY KEY,
  tenant INTEGER NOT NULL,
  key ANY NOT NULL,
  span INTEGER NOT NULL,
  entries BLOB NOT NULL,
  due INTEGER,
  UNIQUE (tenant, key)
) STRICT;
CREATE INDEX counters_due ON counters (due) WHERE due IS NOT NULL;
CREATE TABLE accounts (
  id INTEGER PRIMARY KEY,
  tenant INTEGER NOT NULL,
  key ANY NOT NULL,
  window ANY NOT NULL,
  ends INTEGER NOT NULL,
  committed INTEGER NOT NULL CHECK (committed BETWEEN 0 AND 9007199254740991),
  reserved INTEGER NOT NULL CHECK (reserved BETWEEN 0 AND 9007199254740991),
  span INTEGER NOT NULL,
  latest INTEGER NOT NULL,
  next_lease INTEGER NOT NULL,
  due INTEGER,
  UNIQUE (tenant, key)
) STRICT;
CREATE INDEX accounts_due ON accounts (due) WHERE due IS NOT NULL;
CREATE TABLE reservations (
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  evaluation ANY NOT NULL,
  window ANY NOT NULL,
  at INTEGER NOT NULL,
  amount INTEGER NOT NULL CHECK (amount BETWEEN 0 AND 9007199254740991),
  lease_until INTEGER NOT NULL,
  expiry TEXT NOT NULL CHECK (expiry IN ('charge', 'release')),
  expired INTEGER NOT NULL CHECK (expired IN (0, 1)),
  UNIQUE (account, evaluation)
) STRICT;
CREATE TABLE charges (
  account INTEGER NOT NULL,
  at INTEGER NOT NULL,
  amount INTEGER NOT NULL CHECK (amount BETWEEN 0 AND 9007199254740991),
  PRIMARY KEY (account, at)
) STRICT, WITHOUT ROWID;
`;

/**
 * What version 2 adds: when what was charged for a lifetime can be asked for no more, and when a streak or a trail may be
 * dropped. What an older version charged or counted has no end.
 */
const version2 = `
ALTER TABLE accounts ADD COLUMN lifetime_ends INTEGER NOT NULL DEFAULT 0;
UPDATE accounts SET lifetime_ends = 9007199254740991, due = NULL
  WHERE committed > 0 AND window = '' AND span = 0
  OR EXISTS (SELECT 1 FROM reservations r WHERE r.account = accounts.id AND r.window = '' AND r.expiry = 'charge');
ALTER TABLE streaks ADD COLUMN due INTEGER;
CREATE INDEX streaks_due ON streaks (due) WHERE due IS NOT NULL;
ALTER TABLE trails ADD COLUMN due INTEGER;
CREATE INDEX trails_due ON trails (due) WHERE due IS NOT NULL;
`;

/** What version 3 adds: requests for approval. Of a row that has expired nothing can be asked any more. */
const version3 = `
CREATE TABLE approvals (
  partition ANY NOT NULL,
  key ANY NOT NULL,
  owner ANY NOT NULL,
  version ANY NOT NULL,
  expires_at INTEGER NOT NULL,
  text ANY NOT NULL,
  UNIQUE (partition, key)
) STRICT;
CREATE INDEX approvals_due ON approvals (partition, expires_at);
CREATE INDEX approvals_owned ON approvals (partition, owner);
`;

/** What makes a file of version n one of version n + 1. A published one is never changed: another is added. */
export const migrations: readonly string[] = [version1, version2, version3];
