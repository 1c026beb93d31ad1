/**
 * What cells that are no accounts do, version 1: each function takes the cell as it is and returns it as it is then.
 */
export const cellFunctions = `
CREATE FUNCTION {schema}.cycle_period(trail text[], entry text, repeats integer) RETURNS integer LANGUAGE plpgsql AS $body$
DECLARE
  followed text[] := trail || entry;
  most integer := cardinality(followed);
  tail text[];
BEGIN
  FOR period IN 2 .. 4 LOOP
    CONTINUE WHEN most < period * repeats;
    tail := followed[most - period * repeats + 1 : most];
    IF tail[1 : period * (repeats - 1)] = tail[period + 1 : period * repeats]
      AND array_remove(tail, entry) <> '{}' THEN
      RETURN period;
    END IF;
  END LOOP;
  RETURN 0;
END
$body$;

CREATE FUNCTION {schema}.check_counter(cell {schema}.cell, span bigint, most bigint, now bigint)
RETURNS {schema}.finding LANGUAGE plpgsql AS $body$
DECLARE
  length integer := coalesce(cardinality(cell.entries), 0);
  found bigint := 0;
BEGIN
  IF length > 0 THEN
    -- INVARIANT (B8, B11): to a clock that moved back the interval ends at the latest entry.
    found := least(1000, length - width_bucket(greatest(now, cell.entries[length]) - span, cell.entries));
  END IF;
  IF found < most THEN RETURN ROW(cell, true, found, 0)::{schema}.finding; END IF;
  -- The entry that has to leave before there is room for one more.
  RETURN ROW(cell, false, found, coalesce(cell.entries[length - most + 1], now) + span)::{schema}.finding;
END
$body$;

-- Makes a check on one cell that is no account.
CREATE FUNCTION {schema}.check_cell(cell {schema}.cell, item jsonb, now bigint)
RETURNS {schema}.finding LANGUAGE plpgsql AS $body$
DECLARE
  held boolean;
  value bigint := 0;
  at bigint := 0;
BEGIN
  CASE item->>'kind'
    WHEN 'off' THEN
      held := cell.at IS NULL OR cell.at <= now;
      IF NOT held THEN value := 1; at := cell.at; END IF;
    WHEN 'marked', 'unmarked' THEN
      value := CASE WHEN cell.at >= (item->>'since')::bigint THEN 1 ELSE 0 END;
      at := coalesce(cell.at, 0);
      held := (value = 1) = (item->>'kind' = 'marked');
    WHEN 'unspent' THEN
      value := CASE WHEN cell.at IS NULL THEN 0 ELSE 1 END;
      held := value = 0;
    WHEN 'streak' THEN
      value := coalesce(cell.streak, 0);
      held := value < (item->>'limit')::bigint;
    WHEN 'acyclic' THEN
      value := {schema}.cycle_period(coalesce(cell.trail, '{}'), item->>'entry', (item->>'repeats')::integer);
      held := value = 0;
    WHEN 'count' THEN
      RETURN {schema}.check_counter(cell, (item->>'span')::bigint, (item->>'limit')::bigint, now);
  END CASE;
  RETURN ROW(cell, held, value, at)::{schema}.finding;
END
$body$;

CREATE FUNCTION {schema}.add_entry(cell {schema}.cell, span bigint, now bigint)
RETURNS {schema}.cell LANGUAGE plpgsql AS $body$
DECLARE
  entries bigint[] := coalesce(cell.entries, '{}');
  moment bigint;
  kept integer;
BEGIN
  cell.span := greatest(cell.span, span);
  -- INVARIANT (B8): to a clock that moved back it is the last moment that was seen, so that no entry leaves sooner.
  moment := greatest(now, entries[cardinality(entries)]);
  entries := entries || moment;
  IF cardinality(entries) >= 64 THEN
    kept := greatest(width_bucket(moment - cell.span, entries), cardinality(entries) - 1000);
    IF kept >= cardinality(entries) / 2.0 THEN entries := entries[kept + 1 :]; END IF;
  END IF;
  cell.entries := entries;
  RETURN cell;
END
$body$;

CREATE FUNCTION {schema}.set_mark(cell {schema}.cell, keep bigint, now bigint)
RETURNS {schema}.cell LANGUAGE plpgsql AS $body$
BEGIN
  IF cell.at IS NULL THEN
    cell.expendable_at := CASE keep WHEN 0 THEN NULL ELSE now + keep END;
  ELSE
    cell.expendable_at := CASE WHEN keep = 0 THEN NULL WHEN cell.expendable_at IS NULL THEN NULL
      ELSE greatest(cell.expendable_at, now + keep) END;
  END IF;
  cell.at := greatest(cell.at, now);
  RETURN cell;
END
$body$;

-- Makes a change to one cell; NULL is what is left of one that is removed.
CREATE FUNCTION {schema}.take_effect(cell {schema}.cell, item jsonb, now bigint)
RETURNS {schema}.cell LANGUAGE plpgsql AS $body$
BEGIN
  CASE item->>'kind'
    WHEN 'reserve' THEN
      RETURN {schema}.reserve(cell, item, now);
    WHEN 'settle', 'release', 'expire' THEN
      RETURN {schema}.close_reservation(cell, item);
    WHEN 'count' THEN
      RETURN {schema}.add_entry(cell, (item->>'span')::bigint, now);
    WHEN 'mark', 'spend' THEN
      RETURN {schema}.set_mark(cell, (item->>'keep')::bigint, now);
    WHEN 'grow' THEN
      cell.streak := coalesce(cell.streak, 0) + 1;
    WHEN 'follow' THEN
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
`;
