namespace ProcessDedup.Postgres;

/// <summary>
/// Functions by which any program takes a lock of the fleet for the time of its own transaction, whatever language it is written in.
/// </summary>
internal static class SchemaFunctions
{
    // The same as LockName and LockKey; tests compare them. Where the caller's own search_path counts, another function of the
    // same name could be found, and "C" keeps the database's language out of it. A null is an error: a function that gives
    // null for it would have taken no lock, and nobody would know.
    public const string Definition =
        """
        CREATE FUNCTION procdedup.lock_key(name text) RETURNS bigint
          LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $f$
        BEGIN
          RETURN ('x' || encode(substr(sha256(
            '\x70726f636465647570006c6f636b00'::bytea || convert_to(procdedup.encoded_name(name), 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint;
        END $f$;

        CREATE FUNCTION procdedup.checked_key(name text) RETURNS bigint
          LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $f$
        DECLARE
          wanted constant bigint := procdedup.lock_key(name);
          known text;
        BEGIN
          SELECT n.name INTO known FROM procdedup.lock_name n WHERE n.key = wanted;
          IF known IS NOT NULL AND procdedup.encoded_name(known) <> procdedup.encoded_name(name) THEN
            RAISE EXCEPTION USING ERRCODE = 'unique_violation',
              MESSAGE = format('Lock %L has the same number as %L, so it would exclude it.', name, known), HINT = 'Choose another name.';
          END IF;
          RETURN wanted;
        END $f$;

        CREATE FUNCTION procdedup.lock_in_transaction(name text) RETURNS bigint
          LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $f$
        BEGIN
          PERFORM procdedup.keep_fence();
          PERFORM pg_advisory_xact_lock(procdedup.checked_key(name));
          RETURN nextval('procdedup.fence');
        END $f$;

        CREATE FUNCTION procdedup.try_lock_in_transaction(name text) RETURNS bigint
          LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $f$
        BEGIN
          PERFORM procdedup.keep_fence();
          IF pg_try_advisory_xact_lock(procdedup.checked_key(name)) THEN
            RETURN nextval('procdedup.fence');
          END IF;
          RETURN NULL;
        END $f$;

        CREATE FUNCTION procdedup.name_lock(name text) RETURNS bigint
          LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $f$
        DECLARE
          wanted constant bigint := procdedup.checked_key(name);
        BEGIN
          INSERT INTO procdedup.lock_name(key, name) VALUES(wanted, normalize(name_lock.name, NFC)) ON CONFLICT DO NOTHING;
          RETURN wanted;
        END $f$;

        """;
}
