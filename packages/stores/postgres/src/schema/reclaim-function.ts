/**
 * How rows of which nothing can be asked any more are dropped, version 1.
 */
export const reclaimFunction = `
CREATE FUNCTION {schema}.reclaim(behind jsonb, now bigint, looks integer)
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
    PERFORM {schema}.count_cells(dropped.partition, -1);
    gone := gone + 1;
    -- Each holds a lock until the end, and the server has only so many.
    EXIT WHEN gone = 200;
  END LOOP;
  RETURN CASE WHEN seen = looks OR gone = 200 THEN last_seen END;
END
$body$;
`;
