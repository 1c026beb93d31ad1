/**
 * The tables of version 1. `{schema}` stands for the quoted name of the schema.
 *
 * One row a cell, whatever its kind, so that all cells of a plan are read by one statement and written by another. What
 * may grow with the number of calls under way is not in the row: reservations, and the charges of rolling windows.
 */
export const tables = `
CREATE TABLE {schema}.life (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  epoch text NOT NULL DEFAULT gen_random_uuid()::text
);

CREATE TABLE {schema}.cell (
  partition text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('account', 'counter', 'mark', 'streak', 'trail', 'switch')),
  -- When nothing can be asked of it any more, in epoch milliseconds; NULL: never.
  expendable_at bigint,
  -- mark: when it was last set. switch: until when it is thrown. account: when something was last reserved.
  at bigint,
  -- counter, account with a rolling window: milliseconds.
  span bigint NOT NULL DEFAULT 0,
  -- counter: epoch milliseconds, the oldest first.
  entries bigint[],
  streak bigint,
  trail text[] COLLATE "C",
  -- account: the name by which its reservations and charges are filed.
  account bigint,
  window_name text COLLATE "C" NOT NULL DEFAULT '',
  window_ends bigint NOT NULL DEFAULT 0,
  committed bigint NOT NULL DEFAULT 0 CHECK (committed BETWEEN 0 AND 9007199254740991),
  reserved bigint NOT NULL DEFAULT 0 CHECK (reserved BETWEEN 0 AND 9007199254740991),
  -- account: how many reservations there are, and the moment before which no lease ends; NULL: no lease.
  reservations bigint NOT NULL DEFAULT 0,
  next_lease bigint,
  PRIMARY KEY (partition, key)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

CREATE SEQUENCE {schema}.account_name;

CREATE TABLE {schema}.reservation (
  account bigint NOT NULL,
  evaluation_id text COLLATE "C" NOT NULL,
  window_name text COLLATE "C" NOT NULL,
  at bigint NOT NULL,
  amount bigint NOT NULL CHECK (amount BETWEEN 0 AND 9007199254740991),
  lease_until bigint NOT NULL,
  expiry text COLLATE "C" NOT NULL CHECK (expiry IN ('charge', 'release')),
  -- Whether its lease has ended. It stays for a day, so that a late settlement corrects the charge.
  expired boolean NOT NULL DEFAULT false,
  PRIMARY KEY (account, evaluation_id)
);

CREATE TABLE {schema}.charge (
  account bigint NOT NULL,
  -- The end of the slot: all of it counts as long as this does.
  at bigint NOT NULL,
  amount bigint NOT NULL CHECK (amount BETWEEN 0 AND 9007199254740991),
  PRIMARY KEY (account, at)
) WITH (fillfactor = 70);

-- How many cells there are, in all ('*') and of each partition ('=' and its name), in parts that add up, so that
-- plans that make cells do not wait for each other.
CREATE TABLE {schema}.cell_count (
  scope text COLLATE "C" NOT NULL,
  part integer NOT NULL,
  cells bigint NOT NULL,
  PRIMARY KEY (scope, part)
) WITH (fillfactor = 50);

CREATE TYPE {schema}.finding AS (cell {schema}.cell, held boolean, value bigint, at bigint);

CREATE FUNCTION {schema}.renew_life() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  UPDATE {schema}.life SET epoch = gen_random_uuid()::text;
  RETURN NULL;
END
$body$;

-- INVARIANT (S1): who empties a table ends the life of the state.
CREATE TRIGGER renew_life AFTER TRUNCATE ON {schema}.cell EXECUTE FUNCTION {schema}.renew_life();
CREATE TRIGGER renew_life AFTER TRUNCATE ON {schema}.reservation EXECUTE FUNCTION {schema}.renew_life();
CREATE TRIGGER renew_life AFTER TRUNCATE ON {schema}.charge EXECUTE FUNCTION {schema}.renew_life();

INSERT INTO {schema}.life DEFAULT VALUES;
`;
