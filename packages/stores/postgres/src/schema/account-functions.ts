/**
 * What an account does, version 1: each function takes the account as it is and returns it as it is then; only
 * reservations and charges are written at once. They are called by `apply_plans`, which holds the account's lock.
 */
export const accountFunctions = `
-- Puts a cost into the window of its reservation; that of an earlier window is over.
CREATE FUNCTION {schema}.commit_cost(cell {schema}.cell, window_name text, reserved_at bigint, cost bigint)
RETURNS {schema}.cell LANGUAGE plpgsql AS $body$
DECLARE
  slot bigint;
BEGIN
  IF window_name <> cell.window_name OR cost = 0 THEN RETURN cell; END IF;
  cell.committed := cell.committed + cost;
  IF cell.span > 0 THEN
    slot := greatest(1, cell.span / 1000);
    INSERT INTO {schema}.charge AS known (account, at, amount)
    VALUES (cell.account, (reserved_at + slot - 1) / slot * slot, cost)
    ON CONFLICT (account, at) DO UPDATE SET amount = known.amount + excluded.amount;
  END IF;
  RETURN cell;
END
$body$;

-- Takes a cost back out of its window, so that it can be corrected.
CREATE FUNCTION {schema}.withdraw_cost(cell {schema}.cell, window_name text, reserved_at bigint, cost bigint)
RETURNS {schema}.cell LANGUAGE plpgsql AS $body$
DECLARE
  slot bigint;
BEGIN
  IF window_name <> cell.window_name THEN RETURN cell; END IF;
  IF cell.span > 0 THEN
    slot := greatest(1, cell.span / 1000);
    UPDATE {schema}.charge c SET amount = c.amount - cost
    WHERE c.account = cell.account AND c.at = (reserved_at + slot - 1) / slot * slot AND c.amount >= cost;
    IF NOT FOUND THEN RETURN cell; END IF;
  END IF;
  cell.committed := cell.committed - cost;
  RETURN cell;
END
$body$;

-- Ends what a reservation holds, charging what is given.
CREATE FUNCTION {schema}.end_hold(cell {schema}.cell, held {schema}.reservation, cost bigint)
RETURNS {schema}.cell LANGUAGE plpgsql AS $body$
BEGIN
  IF held.window_name = cell.window_name THEN cell.reserved := cell.reserved - held.amount; END IF;
  RETURN {schema}.commit_cost(cell, held.window_name, held.at, cost);
END
$body$;

-- Ends the reservations whose lease has, and forgets those that ended a day ago.
CREATE FUNCTION {schema}.expire_leases(cell {schema}.cell, now bigint)
RETURNS {schema}.cell LANGUAGE plpgsql AS $body$
DECLARE
  correctable CONSTANT bigint := 86400000;
  held {schema}.reservation;
  forgotten bigint;
BEGIN
  IF cell.next_lease IS NULL OR now < cell.next_lease THEN RETURN cell; END IF;
  DELETE FROM {schema}.reservation r
  WHERE r.account = cell.account AND r.expired AND r.lease_until <= now - correctable;
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  cell.reservations := cell.reservations - forgotten;
  FOR held IN
    UPDATE {schema}.reservation r SET expired = true
    WHERE r.account = cell.account AND NOT r.expired AND r.lease_until <= now
    RETURNING r.*
  LOOP
    cell := {schema}.end_hold(cell, held, CASE held.expiry WHEN 'charge' THEN held.amount ELSE 0 END);
  END LOOP;
  SELECT min(CASE WHEN r.expired THEN r.lease_until + correctable ELSE r.lease_until END) INTO cell.next_lease
  FROM {schema}.reservation r WHERE r.account = cell.account;
  RETURN cell;
END
$body$;

-- Makes it an account of the last 'span' milliseconds, and drops the charges that no longer count.
CREATE FUNCTION {schema}.roll_window(cell {schema}.cell, span bigint, now bigint)
RETURNS {schema}.cell LANGUAGE plpgsql AS $body$
DECLARE
  slot bigint;
  dropped bigint;
BEGIN
  -- INVARIANT (B12): what was spent in another kind of window counts on, from the latest reservation.
  IF cell.span = 0 AND cell.committed > 0 THEN
    slot := greatest(1, span / 1000);
    INSERT INTO {schema}.charge (account, at, amount)
    VALUES (cell.account, (cell.at + slot - 1) / slot * slot, cell.committed);
  END IF;
  cell.span := span;
  WITH gone AS (
    DELETE FROM {schema}.charge c
    WHERE c.account = cell.account AND c.at <= greatest(now, cell.at) - span
    RETURNING c.amount
  )
  SELECT coalesce(sum(gone.amount), 0) INTO dropped FROM gone;
  cell.committed := cell.committed - dropped;
  RETURN cell;
END
$body$;

CREATE FUNCTION {schema}.check_account(cell {schema}.cell, item jsonb, now bigint)
RETURNS {schema}.finding LANGUAGE plpgsql AS $body$
DECLARE
  most CONSTANT bigint := 9007199254740991;
  window_kind text := item->'window'->>'kind';
  amount bigint := (item->>'amount')::bigint;
  limit_amount bigint := (item->>'limit')::bigint;
  span bigint;
  spent bigint;
  free_at bigint := 0;
BEGIN
  IF cell.account IS NOT NULL THEN cell := {schema}.expire_leases(cell, now); END IF;
  IF window_kind = 'rolling' AND cell.account IS NOT NULL THEN
    cell := {schema}.roll_window(cell, (item->'window'->>'span')::bigint, now);
  END IF;
  IF cell.account IS NULL OR (window_kind = 'calendar' AND item->'window'->>'name' COLLATE "C" > cell.window_name) THEN
    spent := 0;
  ELSE
    spent := cell.committed + cell.reserved;
  END IF;
  -- INVARIANT (B1, B4): what cannot be added exactly is above every limit, and what is no amount fits nowhere.
  IF spent > most THEN RETURN ROW(cell, NULL, spent, 0)::{schema}.finding; END IF;
  IF amount IS NOT NULL AND spent + amount <= least(limit_amount, most) THEN
    RETURN ROW(cell, true, spent, 0)::{schema}.finding;
  END IF;
  IF window_kind = 'rolling' AND cell.account IS NOT NULL THEN
    span := (item->'window'->>'span')::bigint;
    SELECT c.at + span INTO free_at
    FROM (
      SELECT known.at, sum(known.amount) OVER (ORDER BY known.at) AS gone
      FROM {schema}.charge known WHERE known.account = cell.account
    ) c
    WHERE spent + amount - c.gone <= limit_amount
    ORDER BY c.at LIMIT 1;
  END IF;
  RETURN ROW(cell, false, spent, coalesce(free_at, 0))::{schema}.finding;
END
$body$;

CREATE FUNCTION {schema}.reserve(cell {schema}.cell, item jsonb, now bigint)
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
    WHEN 'calendar' THEN
      -- INVARIANT (B8): only a later window is entered: a clock that moved back charges the latest that was seen.
      IF item->'window'->>'name' COLLATE "C" > cell.window_name THEN
        IF cell.span > 0 THEN DELETE FROM {schema}.charge c WHERE c.account = cell.account; END IF;
        cell.window_name := item->'window'->>'name';
        cell.window_ends := (item->'window'->>'ends')::bigint;
        cell.committed := 0;
        cell.reserved := 0;
        cell.span := 0;
      END IF;
    WHEN 'lifetime' THEN
      NULL;
  END CASE;
  cell.at := greatest(cell.at, now);
  INSERT INTO {schema}.reservation (account, evaluation_id, window_name, at, amount, lease_until, expiry)
  VALUES (cell.account, id, cell.window_name, cell.at, amount, lease_until, item->>'expiry');
  cell.reserved := cell.reserved + amount;
  cell.reservations := cell.reservations + 1;
  cell.next_lease := least(cell.next_lease, lease_until);
  RETURN cell;
END
$body$;

-- Settles, releases or expires a reservation. One that is gone changes nothing.
CREATE FUNCTION {schema}.close_reservation(cell {schema}.cell, item jsonb)
RETURNS {schema}.cell LANGUAGE plpgsql AS $body$
DECLARE
  ending text := item->>'kind';
  held {schema}.reservation;
BEGIN
  IF cell.reservations = 0 THEN RETURN cell; END IF;
  DELETE FROM {schema}.reservation r
  WHERE r.account = cell.account AND r.evaluation_id = item->>'evaluationId' AND NOT (ending = 'expire' AND r.expired)
  RETURNING r.* INTO held;
  IF NOT FOUND THEN RETURN cell; END IF;
  cell.reservations := cell.reservations - 1;
  CASE
    WHEN ending = 'settle' AND NOT held.expired THEN
      RETURN {schema}.end_hold(cell, held, (item->>'amount')::bigint);
    WHEN ending = 'settle' AND held.expiry = 'charge' THEN
      -- INVARIANT (B1): what a call cost is recorded in full, however late it is known.
      cell := {schema}.withdraw_cost(cell, held.window_name, held.at, held.amount);
      RETURN {schema}.commit_cost(cell, held.window_name, held.at, (item->>'amount')::bigint);
    WHEN ending = 'release' AND NOT held.expired THEN
      RETURN {schema}.end_hold(cell, held, 0);
    WHEN ending = 'expire' THEN
      RETURN {schema}.end_hold(cell, held, CASE held.expiry WHEN 'charge' THEN held.amount ELSE 0 END);
    WHEN ending IN ('settle', 'release') THEN
      RETURN cell;
  END CASE;
END
$body$;

-- When nothing can be asked of an account any more; NULL: never.
CREATE FUNCTION {schema}.account_expendable_at(cell {schema}.cell) RETURNS bigint LANGUAGE plpgsql AS $body$
BEGIN
  IF cell.reservations > 0 THEN RETURN NULL; END IF;
  IF cell.span > 0 THEN RETURN cell.at + cell.span + cell.span / 1000 + 1; END IF;
  IF cell.window_name <> '' THEN RETURN cell.window_ends; END IF;
  RETURN CASE cell.committed WHEN 0 THEN 0 END;
END
$body$;
`;
