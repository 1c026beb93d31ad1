/**
 * How plans are taken, version 1.
 *
 * A statement takes plans that came together one after the other, over cells that are locked, read and written once:
 * what a plan costs hardly grows with its checks and effects, and a busy account is written once for many plans.
 */
export const applyFunctions = `
-- The advisory lock of a cell. It also covers a cell that does not exist yet.
CREATE FUNCTION {schema}.lock_of(partition text, key text) RETURNS bigint LANGUAGE sql IMMUTABLE AS $body$
  SELECT hashtextextended(key, hashtextextended(partition, hashtextextended('{schema}', 0)))
$body$;

-- Why nothing may be answered here and now, as [code, message]; NULL: it may.
CREATE FUNCTION {schema}.refusal(terms jsonb) RETURNS jsonb LANGUAGE plpgsql AS $body$
BEGIN
  IF (terms->>'version')::integer <> {version} THEN
    RETURN jsonb_build_array('state_unavailable', 'the schema is of version {version}, which this store does not know');
  END IF;
  -- INVARIANT (S1): a standby may not have heard yet of what was done.
  IF pg_is_in_recovery() THEN
    RETURN jsonb_build_array('state_unavailable', 'the server is a standby');
  END IF;
  -- INVARIANT (S3): what is read after the locks were taken must be what the last holder of them left.
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RETURN jsonb_build_array('state_unavailable', 'the isolation level must be read committed');
  END IF;
  IF current_setting('synchronous_commit') = 'off' AND terms->>'asynchronousCommit' = 'refused' THEN
    RETURN jsonb_build_array('state_unavailable', 'synchronous_commit is off');
  END IF;
  RETURN NULL;
END
$body$;

-- The life of the state: another one after a restore into another cluster, and on another timeline of this one.
CREATE FUNCTION {schema}.current_life(terms jsonb) RETURNS text LANGUAGE plpgsql AS $body$
DECLARE
  life text;
BEGIN
  SELECT l.epoch || '.' || s.system_identifier INTO life FROM {schema}.life l, pg_control_system() s;
  IF terms->>'failover' = 'accepted' THEN RETURN life; END IF;
  RETURN life || '.' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8);
END
$body$;

-- How many cells there are; 'scope' is '*' for all, '=' and a name for one partition.
CREATE FUNCTION {schema}.cells_of(wanted text) RETURNS bigint LANGUAGE sql STABLE AS $body$
  SELECT coalesce(sum(c.cells), 0)::bigint FROM {schema}.cell_count c WHERE c.scope = wanted
$body$;

-- Notes that cells of a partition came or went.
CREATE FUNCTION {schema}.count_cells(partition text, difference bigint) RETURNS void LANGUAGE sql AS $body$
  INSERT INTO {schema}.cell_count AS known (scope, part, cells)
  VALUES ('*', pg_backend_pid() % 32, difference), ('=' || partition, pg_backend_pid() % 32, difference)
  ON CONFLICT (scope, part) DO UPDATE SET cells = known.cells + excluded.cells
$body$;

-- The period, 2 to 4, of the cycle that an entry would close behind a trail; 0 for none.
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

-- Adds an entry of this moment to a counter.
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

-- Sets a mark or spends a token.
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
      k := (item->>'key')::integer;
      IF k IS NOT NULL THEN cell := cells[k]; END IF;
      value := 0;
      at := 0;
      CASE item->>'kind'
        WHEN 'off' THEN
          held := cell.at IS NULL OR cell.at <= now;
          IF NOT held THEN value := 1; at := cell.at; END IF;
        WHEN 'account' THEN
          found := {schema}.check_account(cell, item, now);
          IF cell.account IS NOT NULL AND found.cell IS DISTINCT FROM cell THEN
            cells[k] := found.cell;
            touched[k] := true;
          END IF;
          held := found.held;
          value := found.value;
          at := found.at;
          IF held IS NULL THEN fault := 'state_arithmetic'; EXIT; END IF;
        WHEN 'count' THEN
          value := coalesce(cardinality(cell.entries), 0);
          IF value > 0 THEN
            value := least(1000, value - width_bucket(
              greatest(now, cell.entries[value]) - (item->>'span')::bigint, cell.entries));
          END IF;
          held := value < (item->>'limit')::bigint;
          IF NOT held THEN
            at := coalesce(cell.entries[cardinality(cell.entries) - (item->>'limit')::bigint + 1], now)
              + (item->>'span')::bigint;
          END IF;
        WHEN 'marked', 'unmarked' THEN
          value := CASE WHEN cell.at >= (item->>'since')::bigint THEN 1 ELSE 0 END;
          at := coalesce(cell.at, 0);
          held := (value = 1) = (item->>'kind' = 'marked');
        WHEN 'incomplete' THEN
          since := (item->>'since')::bigint;
          FOR j IN 0 .. jsonb_array_length(item->'keys') - 1 LOOP
            cell := cells[(item->'keys'->>j)::integer];
            IF cell.at >= since THEN value := value + 1; END IF;
          END LOOP;
          held := value < jsonb_array_length(item->'keys');
        WHEN 'streak' THEN
          value := coalesce(cell.streak, 0);
          held := value < (item->>'limit')::bigint;
        WHEN 'acyclic' THEN
          value := {schema}.cycle_period(coalesce(cell.trail, '{}'), item->>'entry', (item->>'repeats')::integer);
          held := value = 0;
        WHEN 'unspent' THEN
          value := CASE WHEN cell.at IS NULL THEN 0 ELSE 1 END;
          held := value = 0;
      END CASE;
      found_values := found_values || value;
      found_moments := found_moments || at;
      IF held IS NOT TRUE THEN failed := i; EXIT; END IF;
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
        CASE item->>'kind'
          WHEN 'reserve' THEN
            cell := {schema}.reserve(cell, item, now);
          WHEN 'settle', 'release', 'expire' THEN
            cell := {schema}.close_reservation(cell, item);
          WHEN 'count' THEN
            cell := {schema}.add_entry(cell, (item->>'span')::bigint, now);
          WHEN 'mark' THEN
            IF item ? 'after' THEN
              other := cells[(item->'after'->>'key')::integer];
              CONTINUE WHEN other.at IS NULL OR other.at < (item->'after'->>'since')::bigint;
            END IF;
            cell := {schema}.set_mark(cell, (item->>'keep')::bigint, now);
          WHEN 'spend' THEN
            cell := {schema}.set_mark(cell, (item->>'keep')::bigint, now);
          WHEN 'grow' THEN
            cell.streak := coalesce(cell.streak, 0) + 1;
          WHEN 'follow' THEN
            cell.trail := (coalesce(cell.trail, '{}') || (item->>'entry'))
              [greatest(1, coalesce(cardinality(cell.trail), 0) - 30) :];
          WHEN 'throw' THEN
            cell.at := greatest(cell.at, (item->>'until')::bigint);
          WHEN 'unmark', 'break', 'reset' THEN
            cell := NULL;
        END CASE;
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

-- Writes the cells that have changed.
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

-- Looks at some cells behind one, and drops those of which nothing can be asked any more. Live state is never dropped.
-- Gives the last cell that was looked at; NULL once there are no more.
CREATE FUNCTION {schema}.reclaim(behind jsonb, now bigint, looks integer)
RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off AS $body$
DECLARE
  -- A clock may step back by up to this, in milliseconds, and still find what was there.
  margin CONSTANT bigint := 172800000;
  looked record;
  last_seen jsonb;
  dropped {schema}.cell;
  seen integer := 0;
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
    PERFORM {schema}.count_cells(dropped.partition, -1);
  END LOOP;
  RETURN CASE WHEN seen = looks THEN last_seen END;
END
$body$;
`;
