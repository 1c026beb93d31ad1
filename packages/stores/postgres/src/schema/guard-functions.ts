/**
 * What is asked before any plan is taken, version 1: the locks, whether this server may answer, which life the state has,
 * how many cells there are.
 */
export const guardFunctions = `
CREATE FUNCTION {schema}.lock_of(partition text, key text) RETURNS bigint LANGUAGE sql IMMUTABLE AS $body$
  SELECT hashtextextended(key, hashtextextended(partition, hashtextextended('{schema}', 0)))
$body$;

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

CREATE FUNCTION {schema}.current_life(terms jsonb) RETURNS text LANGUAGE plpgsql AS $body$
DECLARE
  life text;
BEGIN
  SELECT l.epoch || '.' || l.tableoid || '.' || s.system_identifier INTO life FROM {schema}.life l, pg_control_system() s;
  IF terms->>'failover' = 'accepted' THEN RETURN life; END IF;
  RETURN life || '.' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8);
END
$body$;

CREATE FUNCTION {schema}.cells_of(wanted text) RETURNS bigint LANGUAGE sql STABLE AS $body$
  SELECT coalesce(sum(c.cells), 0)::bigint FROM {schema}.cell_count c WHERE c.scope = wanted
$body$;

CREATE FUNCTION {schema}.count_cells(partition text, difference bigint) RETURNS void LANGUAGE sql AS $body$
  INSERT INTO {schema}.cell_count AS known (scope, part, cells)
  VALUES ('*', pg_backend_pid() % 32, difference), ('=' || partition, pg_backend_pid() % 32, difference)
  ON CONFLICT (scope, part) DO UPDATE SET cells = known.cells + excluded.cells
$body$;
`;
