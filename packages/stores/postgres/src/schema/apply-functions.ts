/**
 * How plans are taken, version 1.
 *
 * A statement takes plans that came together one after the other, over cells that are locked, read and written once:
 * what a plan costs hardly grows with its checks and effects, and a busy account is written once for many plans.
 */
export const applyFunctions = `
CREATE FUNCTION {schema}.write_cells(before {schema}.cell[], cells {schema}.cell[], touched boolean[])
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
      reservations = excluded.reservations, next_lease = excluded.next_lease;
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

CREATE FUNCTION {schema}.apply_plans(
  partitions text[], keys text[], kinds text[], written boolean[], plans jsonb, terms jsonb
) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off AS $body$
DECLARE
  most CONSTANT bigint := 9007199254740991;
  refused jsonb := {schema}.refusal(terms);
  life text;
  lock record;
  before {schema}.cell[];
  cells {schema}.cell[];
  touched boolean[] := array_fill(false, ARRAY[cardinality(keys)]);
  answers jsonb[] := '{}';
  plan jsonb;
  items jsonb;
  item jsonb;
  now bigint;
  k integer;
  cell {schema}.cell;
  other {schema}.cell;
  found {schema}.finding;
  held boolean;
  value bigint;
  at bigint;
  since bigint;
  fault text;
  failed integer;
  found_values bigint[];
  found_moments bigint[];
  created integer[];
  added bigint;
  added_here bigint;
BEGIN
  IF refused IS NOT NULL THEN RETURN jsonb_build_object('refused', refused); END IF;
  PERFORM set_config('lock_timeout', terms->>'lockTimeout', true);

  -- INVARIANT (B5, S3): every cell that is asked or changed is locked, in one order, before anything is read.
  FOR lock IN
    SELECT l.id, bool_or(l.written) AS written
    FROM (SELECT {schema}.lock_of(n.partition, n.key) AS id, n.written
          FROM unnest(partitions, keys, written) AS n(partition, key, written)) l
    GROUP BY l.id ORDER BY l.id
  LOOP
    IF lock.written THEN
      IF pg_advisory_xact_lock(lock.id) IS NULL THEN NULL; END IF;
    ELSE
      IF pg_advisory_xact_lock_shared(lock.id) IS NULL THEN NULL; END IF;
    END IF;
  END LOOP;

  life := {schema}.current_life(terms);
  IF life IS NULL THEN
    RETURN jsonb_build_object('refused', jsonb_build_array('state_lost', 'the schema has lost the row that names its life'));
  END IF;
  SELECT array_agg((SELECT c FROM {schema}.cell c WHERE c.partition = n.partition AND c.key = n.key) ORDER BY n.place)
  INTO before
  FROM unnest(partitions, keys) WITH ORDINALITY AS n(partition, key, place);
  cells := before;
  FOR i IN 1 .. cardinality(keys) LOOP
    cell := cells[i];
    IF cell.kind <> kinds[i] THEN
      RETURN jsonb_build_object('refused', jsonb_build_array('state_unavailable', 'a key names two kinds of cells'));
    END IF;
  END LOOP;

  FOR p IN 0 .. jsonb_array_length(plans) - 1 LOOP
    plan := plans->p;
    now := (plan->>'now')::bigint;
    fault := NULL;
    failed := NULL;
    found_values := '{}';
    found_moments := '{}';

    items := plan->'checks';
    FOR i IN 0 .. jsonb_array_length(items) - 1 LOOP
      item := items->i;
      IF item->>'kind' = 'incomplete' THEN
        since := (item->>'since')::bigint;
        value := 0;
        FOR j IN 0 .. jsonb_array_length(item->'keys') - 1 LOOP
          cell := cells[(item->'keys'->>j)::integer];
          IF cell.at >= since THEN value := value + 1; END IF;
        END LOOP;
        at := 0;
        held := value < jsonb_array_length(item->'keys');
      ELSE
        k := (item->>'key')::integer;
        cell := cells[k];
        IF item->>'kind' = 'account' THEN
          found := {schema}.check_account(cell, item, now);
          IF cell.account IS NOT NULL AND found.cell IS DISTINCT FROM cell THEN
            cells[k] := found.cell;
            touched[k] := true;
          END IF;
          IF found.held IS NULL THEN fault := 'state_arithmetic'; EXIT; END IF;
        ELSE
          found := {schema}.check_cell(cell, item, now);
        END IF;
        held := found.held;
        value := found.value;
        at := found.at;
      END IF;
      found_values := found_values || value;
      found_moments := found_moments || at;
      IF NOT held THEN failed := i; EXIT; END IF;
    END LOOP;

    items := plan->'effects';
    IF fault IS NULL AND failed IS NULL AND (terms ? 'maximumCells' OR terms ? 'maximumCellsPerTenant') THEN
      SELECT array_agg(DISTINCT (e->>'key')::integer) INTO created
      FROM jsonb_array_elements(items) e
      WHERE e->>'kind' IN ('reserve', 'count', 'mark', 'spend', 'grow', 'follow', 'throw')
        AND (cells[(e->>'key')::integer]).key IS NULL;
      IF created IS NOT NULL THEN
        -- What this statement has made or removed so far is not in the counts yet.
        added := cardinality(created);
        added_here := added;
        FOR i IN 1 .. cardinality(keys) LOOP
          cell := cells[i];
          other := before[i];
          CONTINUE WHEN (cell.key IS NULL) = (other.key IS NULL);
          value := CASE WHEN cell.key IS NULL THEN -1 ELSE 1 END;
          added := added + value;
          IF partitions[i] = partitions[created[1]] THEN added_here := added_here + value; END IF;
        END LOOP;
        -- INVARIANT (S1, R1): at the cap what is new is refused; forgetting what is known would turn a deny into an allow.
        IF {schema}.cells_of('*') + added > (terms->>'maximumCells')::bigint
          OR {schema}.cells_of('=' || partitions[created[1]]) + added_here
            > (terms->>'maximumCellsPerTenant')::bigint THEN
          fault := 'state_capacity';
        END IF;
      END IF;
    END IF;

    -- INVARIANT (B4, B5): whatever cannot happen is refused before the first effect.
    IF fault IS NULL AND failed IS NULL THEN
      FOR i IN 0 .. jsonb_array_length(items) - 1 LOOP
        item := items->i;
        IF item->>'kind' IN ('reserve', 'settle') THEN
          cell := cells[(item->>'key')::integer];
          value := coalesce(cell.committed, 0)
            + CASE item->>'kind' WHEN 'reserve' THEN coalesce(cell.reserved, 0) ELSE 0 END + (item->>'amount')::bigint;
          IF value IS NULL OR value > most THEN fault := 'state_arithmetic'; EXIT; END IF;
        END IF;
      END LOOP;
    END IF;

    IF fault IS NULL AND failed IS NULL THEN
      FOR i IN 0 .. jsonb_array_length(items) - 1 LOOP
        item := items->i;
        k := (item->>'key')::integer;
        cell := cells[k];
        IF cell.key IS NULL THEN
          CONTINUE WHEN item->>'kind' IN ('settle', 'release', 'expire', 'unmark', 'break', 'reset');
          cell.partition := partitions[k];
          cell.key := keys[k];
          cell.kind := kinds[k];
          cell.span := 0;
          cell.window_name := '';
          cell.window_ends := 0;
          cell.committed := 0;
          cell.reserved := 0;
          cell.reservations := 0;
        END IF;
        IF item ? 'after' THEN
          other := cells[(item->'after'->>'key')::integer];
          CONTINUE WHEN other.at IS NULL OR other.at < (item->'after'->>'since')::bigint;
        END IF;
        cell := {schema}.take_effect(cell, item, now);
        cells[k] := cell;
        touched[k] := true;
      END LOOP;
    END IF;
    answers := answers || jsonb_build_object(
      'fault', fault, 'failed', failed, 'values', to_jsonb(found_values), 'moments', to_jsonb(found_moments));
  END LOOP;

  IF true = ANY (touched) THEN
    PERFORM {schema}.write_cells(before, cells, touched);
  END IF;
  RETURN jsonb_build_object('life', life, 'at', pg_current_wal_insert_lsn() - '0/0', 'answers', to_jsonb(answers));
END
$body$;
`;
