/** Whether this server may answer, as every version from 2 on asks it: `{version}` is the version that it then is of. */
export const refusalFunction = `CREATE OR REPLACE FUNCTION {schema}.refusal(terms jsonb) RETURNS jsonb LANGUAGE plpgsql AS $body$
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
`;
