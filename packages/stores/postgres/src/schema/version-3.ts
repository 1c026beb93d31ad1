import { refusalFunction } from "./refusal-function.ts";

/**
 * What version 3 adds: requests for approval, and rolling windows out of which nothing comes back. Of a request that has
 * expired nothing can be asked any more.
 */
export const version3 = `
${refusalFunction}
CREATE OR REPLACE FUNCTION {schema}.roll_window(cell {schema}.cell, span bigint, now bigint)
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
  -- INVARIANT (B8): what has left has left, also for a clock that moves back: no late correction is taken from another charge.
  IF dropped > 0 THEN cell.at := greatest(cell.at, now); END IF;
  RETURN cell;
END
$body$;

CREATE TABLE {schema}.approval (
  partition text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  owner text COLLATE "C" NOT NULL,
  version text COLLATE "C" NOT NULL,
  -- Epoch milliseconds.
  expires_at bigint NOT NULL,
  -- The whole row, as JSON.
  content text NOT NULL,
  PRIMARY KEY (partition, key)
);
CREATE INDEX ON {schema}.approval (partition, owner);
-- INVARIANT (S1): who empties a table ends the life of the state.
CREATE TRIGGER renew_life AFTER TRUNCATE ON {schema}.approval EXECUTE FUNCTION {schema}.renew_life();

CREATE FUNCTION {schema}.insert_approval(wanted jsonb, content text, terms jsonb)
RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  refused jsonb := {schema}.refusal(terms);
  counted record;
BEGIN
  IF refused IS NOT NULL THEN RETURN jsonb_build_object('refused', refused); END IF;
  PERFORM set_config('lock_timeout', terms->>'lockTimeout', true);
  -- INVARIANT (R1): one request of a tenant after the other, so that none is counted too late.
  PERFORM pg_advisory_xact_lock({schema}.lock_of(wanted->>'partition', 'requests for approval'));
  DELETE FROM {schema}.approval a WHERE a.partition = wanted->>'partition' AND a.expires_at <= (wanted->>'now')::bigint;
  PERFORM FROM {schema}.approval a WHERE a.partition = wanted->>'partition' AND a.key = wanted->>'key';
  IF FOUND THEN RETURN jsonb_build_object('answer', 'exists'); END IF;
  SELECT count(*) AS rows, count(*) FILTER (WHERE a.owner = wanted->>'owner') AS owned INTO counted
  FROM {schema}.approval a WHERE a.partition = wanted->>'partition';
  IF counted.rows < (wanted->>'partitionLimit')::bigint AND counted.owned < (wanted->>'ownerLimit')::bigint THEN
    INSERT INTO {schema}.approval VALUES (
      wanted->>'partition', wanted->>'key', wanted->>'owner', wanted->>'version', (wanted->>'expiresAt')::bigint, content);
    RETURN jsonb_build_object('answer', 'inserted');
  END IF;
  RETURN jsonb_build_object('answer', 'full');
END
$body$;

CREATE FUNCTION {schema}.replace_approval(wanted jsonb, content text, terms jsonb)
RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  refused jsonb := {schema}.refusal(terms);
BEGIN
  IF refused IS NOT NULL THEN RETURN jsonb_build_object('refused', refused); END IF;
  PERFORM set_config('lock_timeout', terms->>'lockTimeout', true);
  -- INVARIANT (A2): whoever comes second finds another version.
  UPDATE {schema}.approval a
  SET version = wanted->>'version', expires_at = (wanted->>'expiresAt')::bigint, content = replace_approval.content
  WHERE a.partition = wanted->>'partition' AND a.key = wanted->>'key' AND a.version = wanted->>'expected';
  RETURN jsonb_build_object('answer', FOUND);
END
$body$;

CREATE FUNCTION {schema}.read_approval(wanted jsonb, terms jsonb)
RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  refused jsonb := {schema}.refusal(terms);
BEGIN
  IF refused IS NOT NULL THEN RETURN jsonb_build_object('refused', refused); END IF;
  RETURN jsonb_build_object('answer', (
    SELECT a.content FROM {schema}.approval a WHERE a.partition = wanted->>'partition' AND a.key = wanted->>'key'));
END
$body$;

CREATE FUNCTION {schema}.list_approvals(wanted jsonb, terms jsonb)
RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  refused jsonb := {schema}.refusal(terms);
BEGIN
  IF refused IS NOT NULL THEN RETURN jsonb_build_object('refused', refused); END IF;
  RETURN jsonb_build_object('answer', (
    SELECT coalesce(jsonb_agg(found.content ORDER BY found.key), '[]'::jsonb) FROM (
      SELECT a.key, a.content FROM {schema}.approval a
      WHERE a.partition = wanted->>'partition' AND a.key > wanted->>'after'
      ORDER BY a.key LIMIT (wanted->>'limit')::bigint) AS found));
END
$body$;

-- Only what the owner grants is called by others.
REVOKE EXECUTE ON FUNCTION
  {schema}.insert_approval, {schema}.replace_approval, {schema}.read_approval, {schema}.list_approvals FROM PUBLIC;
`;
