import { refusalFunction } from "./refusal-function.ts";

/**
 * What version 2 adds: leases that are renewed, streaks and trails that may be forgotten, lifetimes that have an end, and
 * accounts that may be forgotten although nobody ended what was reserved on them.
 *
 * What version 1 charged for a lifetime has no end. What it reserved is kept as long as its lease says.
 */
export const version2 = `
ALTER TABLE {schema}.cell
  -- account: when what was charged for a lifetime can be asked for no more; NULL: nothing was.
  ADD COLUMN lifetime_ends bigint,
  -- account: no lease ends after this.
  ADD COLUMN last_lease bigint;

UPDATE {schema}.cell c SET
  lifetime_ends = CASE WHEN c.window_name = '' AND c.span = 0 AND (c.committed > 0 OR EXISTS (
      SELECT FROM {schema}.reservation r WHERE r.account = c.account AND r.expiry = 'charge'
    )) THEN 9007199254740991 END,
  last_lease = (SELECT max(r.lease_until) FROM {schema}.reservation r WHERE r.account = c.account)
WHERE c.kind = 'account' AND (c.committed > 0 OR c.reservations > 0);

${refusalFunction}
CREATE OR REPLACE FUNCTION {schema}.reserve(cell {schema}.cell, item jsonb, now bigint)
RETURNS {schema}.cell LANGUAGE plpgsql AS $body$
DECLARE
  amount bigint := (item->>'amount')::bigint;
  lease_until bigint := (item->>'leaseUntil')::bigint;
  id text := item->>'evaluationId';
BEGIN
  IF cell.account IS NULL THEN
    cell.account := nextval('{schema}.account_name');
  ELSIF cell.reservations > 0 THEN
    PERFORM FROM {schema}.reservation r WHERE r.account = cell.account AND r.evaluation_id = id;
    IF FOUND THEN RETURN cell; END IF;
    cell := {schema}.expire_leases(cell, now);
  END IF;
  CASE item->'window'->>'kind'
    WHEN 'rolling' THEN
      cell := {schema}.roll_window(cell, (item->'window'->>'span')::bigint, now);
      cell.lifetime_ends := NULL;
    WHEN 'calendar' THEN
      -- INVARIANT (B8): only a later window is entered: a clock that moved back charges the latest that was seen.
      IF item->'window'->>'name' COLLATE "C" > cell.window_name THEN
        IF cell.span > 0 THEN DELETE FROM {schema}.charge c WHERE c.account = cell.account; END IF;
        cell.window_name := item->'window'->>'name';
        cell.window_ends := (item->'window'->>'ends')::bigint;
        cell.committed := 0;
        cell.reserved := 0;
        cell.span := 0;
        cell.lifetime_ends := NULL;
      END IF;
    WHEN 'lifetime' THEN
      IF item->>'expiry' = 'charge' THEN
        cell.lifetime_ends := greatest(cell.lifetime_ends, (item->'window'->>'ends')::bigint);
      END IF;
  END CASE;
  cell.at := greatest(cell.at, now);
  INSERT INTO {schema}.reservation (account, evaluation_id, window_name, at, amount, lease_until, expiry)
  VALUES (cell.account, id, cell.window_name, cell.at, amount, lease_until, item->>'expiry');
  cell.reserved := cell.reserved + amount;
  cell.reservations := cell.reservations + 1;
  cell.next_lease := least(cell.next_lease, lease_until);
  cell.last_lease := greatest(cell.last_lease, lease_until);
  RETURN cell;
END
$body$;

-- Lets a lease end later. One that is gone or over is not renewed; of an account that is not there nothing is left.
CREATE FUNCTION {schema}.renew_lease(cell {schema}.cell, item jsonb, now bigint)
RETURNS {schema}.cell LANGUAGE plpgsql AS $body$
DECLARE
  until bigint := (item->>'leaseUntil')::bigint;
BEGIN
  IF cell.account IS NULL THEN RETURN NULL; END IF;
  IF cell.reservations = 0 THEN RETURN cell; END IF;
  cell := {schema}.expire_leases(cell, now);
  UPDATE {schema}.reservation r SET lease_until = until
  WHERE r.account = cell.account AND r.evaluation_id = item->>'evaluationId' AND NOT r.expired AND r.lease_until < until;
  IF FOUND THEN cell.last_lease := greatest(cell.last_lease, until); END IF;
  RETURN cell;
END
$body$;

-- When nothing can be asked of an account any more; NULL: never.
CREATE OR REPLACE FUNCTION {schema}.account_expendable_at(cell {schema}.cell) RETURNS bigint LANGUAGE plpgsql AS $body$
DECLARE
  most CONSTANT bigint := 9007199254740991;
  ends bigint := 0;
BEGIN
  -- What nobody ends is over a day after its lease: given back, or charged.
  IF cell.reservations > 0 THEN ends := cell.last_lease + 86400000; END IF;
  IF cell.span > 0 THEN ends := greatest(ends, cell.at + cell.span + cell.span / 1000 + 1); END IF;
  IF cell.window_name <> '' THEN ends := greatest(ends, cell.window_ends); END IF;
  IF cell.reservations > 0 OR cell.committed > 0 THEN ends := greatest(ends, cell.lifetime_ends); END IF;
  RETURN CASE WHEN ends < most THEN ends END;
END
$body$;

-- When a cell can be forgotten that was kept for a time before, or is new, and is kept for a time from now on; NULL: never.
CREATE FUNCTION {schema}.kept_until(before bigint, is_new boolean, keep bigint, now bigint)
RETURNS bigint LANGUAGE sql IMMUTABLE AS $body$
  SELECT CASE WHEN keep = 0 THEN NULL WHEN is_new THEN now + keep WHEN before IS NULL THEN NULL
    ELSE greatest(before, now + keep) END
$body$;

-- Makes a change to one cell; NULL is what is left of one that is removed.
CREATE OR REPLACE FUNCTION {schema}.take_effect(cell {schema}.cell, item jsonb, now bigint)
RETURNS {schema}.cell LANGUAGE plpgsql AS $body$
BEGIN
  CASE item->>'kind'
    WHEN 'reserve' THEN
      RETURN {schema}.reserve(cell, item, now);
    WHEN 'settle', 'release', 'expire' THEN
      RETURN {schema}.close_reservation(cell, item);
    WHEN 'renew' THEN
      RETURN {schema}.renew_lease(cell, item, now);
    WHEN 'count' THEN
      RETURN {schema}.add_entry(cell, (item->>'span')::bigint, now);
    WHEN 'mark', 'spend' THEN
      RETURN {schema}.set_mark(cell, (item->>'keep')::bigint, now);
    WHEN 'grow' THEN
      cell.expendable_at := {schema}.kept_until(cell.expendable_at, cell.streak IS NULL, (item->>'keep')::bigint, now);
      cell.streak := coalesce(cell.streak, 0) + 1;
    WHEN 'follow' THEN
      cell.expendable_at := {schema}.kept_until(cell.expendable_at, cell.trail IS NULL, (item->>'keep')::bigint, now);
      cell.trail := (coalesce(cell.trail, '{}') || (item->>'entry'))
        [greatest(1, coalesce(cardinality(cell.trail), 0) - 30) :];
    WHEN 'throw' THEN
      cell.at := greatest(cell.at, (item->>'until')::bigint);
    WHEN 'unmark', 'break', 'reset' THEN
      RETURN NULL;
  END CASE;
  RETURN cell;
END
$body$;

CREATE OR REPLACE FUNCTION {schema}.write_cells(before {schema}.cell[], cells {schema}.cell[], touched boolean[])
RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
  cell {schema}.cell;
  known {schema}.cell;
  changed {schema}.cell[] := '{}';
  counted record;
  resized text[] := '{}';
  differences integer[] := '{}';
BEGIN
  FOR i IN 1 .. cardinality(touched) LOOP
    CONTINUE WHEN NOT touched[i];
    cell := cells[i];
    known := before[i];
    IF (cell.key IS NULL) <> (known.key IS NULL) THEN
      resized := resized || coalesce(cell.partition, known.partition);
      differences := differences || CASE WHEN cell.key IS NULL THEN -1 ELSE 1 END;
    END IF;
    IF cell.key IS NULL THEN
      IF known.key IS NOT NULL THEN
        DELETE FROM {schema}.cell c WHERE c.partition = known.partition AND c.key = known.key;
      END IF;
      CONTINUE;
    END IF;
    CASE cell.kind
      WHEN 'account' THEN cell.expendable_at := {schema}.account_expendable_at(cell);
      WHEN 'counter' THEN cell.expendable_at := cell.entries[cardinality(cell.entries)] + cell.span;
      WHEN 'switch' THEN cell.expendable_at := cell.at;
      ELSE NULL;
    END CASE;
    changed := changed || cell;
  END LOOP;
  IF changed <> '{}' THEN
    INSERT INTO {schema}.cell SELECT c.* FROM unnest(changed) c
    ON CONFLICT (partition, key) DO UPDATE SET
      expendable_at = excluded.expendable_at, at = excluded.at, span = excluded.span, entries = excluded.entries,
      streak = excluded.streak, trail = excluded.trail, account = excluded.account, window_name = excluded.window_name,
      window_ends = excluded.window_ends, committed = excluded.committed, reserved = excluded.reserved,
      reservations = excluded.reservations, next_lease = excluded.next_lease, lifetime_ends = excluded.lifetime_ends,
      last_lease = excluded.last_lease;
  END IF;
  IF resized <> '{}' THEN
    FOR counted IN
      SELECT r.partition, sum(r.difference)::bigint AS difference
      FROM unnest(resized, differences) AS r(partition, difference)
      GROUP BY r.partition HAVING sum(r.difference) <> 0 ORDER BY r.partition
    LOOP
      PERFORM {schema}.count_cells(counted.partition, counted.difference);
    END LOOP;
  END IF;
END
$body$;

CREATE OR REPLACE FUNCTION {schema}.reclaim(behind jsonb, now bigint, looks integer)
RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off AS $body$
DECLARE
  -- A clock may step back by up to this, in milliseconds, and still find what was there.
  margin CONSTANT bigint := 172800000;
  looked record;
  last_seen jsonb;
  dropped {schema}.cell;
  seen integer := 0;
  gone integer := 0;
BEGIN
  FOR looked IN
    SELECT c.partition, c.key, c.expendable_at FROM {schema}.cell c
    WHERE (c.partition, c.key) > (coalesce(behind->>0, ''), coalesce(behind->>1, ''))
    ORDER BY c.partition, c.key LIMIT looks
  LOOP
    seen := seen + 1;
    last_seen := jsonb_build_array(looked.partition, looked.key);
    CONTINUE WHEN looked.expendable_at IS NULL OR looked.expendable_at + margin > now;
    -- A plan that holds the cell goes first: it is looked at another time.
    CONTINUE WHEN NOT pg_try_advisory_xact_lock({schema}.lock_of(looked.partition, looked.key));
    DELETE FROM {schema}.cell c
    WHERE c.partition = looked.partition AND c.key = looked.key AND c.expendable_at + margin <= now
    RETURNING c.* INTO dropped;
    CONTINUE WHEN NOT FOUND;
    DELETE FROM {schema}.charge c WHERE c.account = dropped.account;
    DELETE FROM {schema}.reservation r WHERE r.account = dropped.account;
    PERFORM {schema}.count_cells(dropped.partition, -1);
    gone := gone + 1;
    -- Each holds a lock until the end, and the server has only so many.
    EXIT WHEN gone = 200;
  END LOOP;
  RETURN CASE WHEN seen = looks OR gone = 200 THEN last_seen END;
END
$body$;

-- Only what the owner grants is called by others.
REVOKE EXECUTE ON FUNCTION {schema}.renew_lease, {schema}.kept_until FROM PUBLIC;
`;
