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
        CREATE FUNCTION procdedup.encoded_name(name text) RETURNS text
          LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $f$
        DECLARE
          white constant text := '[\u0009-\u000D\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]';
          reason text;
          encoded text;
        BEGIN
          reason := CASE
            WHEN name IS NULL OR name COLLATE "C" ~ ('^' || white || '*$') THEN 'it is empty'
            WHEN name COLLATE "C" ~ ('^' || white || '|' || white || '$') THEN 'it begins or ends with white space'
            WHEN left(name, 1) = '.' OR right(name, 1) = '.' THEN 'it begins or ends with a dot'
            WHEN strpos(name, '/') > 0 OR strpos(name, '\') > 0 THEN 'it contains a separator'
            WHEN name COLLATE "C" ~ '[\u0001-\u001F\u007F-\u009F]' THEN 'it contains a control character'
          END;
          IF reason IS NULL THEN
            encoded := normalize(name, NFC);
            encoded := replace(encoded, '%', '%25');
            encoded := replace(replace(replace(replace(encoded, '<', '%3C'), '>', '%3E'), ':', '%3A'), '"', '%22');
            encoded := replace(replace(replace(encoded, '|', '%7C'), '?', '%3F'), '*', '%2A');
            IF encoded COLLATE "C" ~* '^(CON|PRN|AUX|NUL|COM[0-9]|LPT[0-9])(\.|$)' THEN
              encoded := '%' || upper(to_hex(ascii(encoded))) || substr(encoded, 2);
            END IF;
            IF octet_length(encoded) > 180 THEN
              reason := 'it takes more than 180 bytes';
            END IF;
          END IF;
          IF reason IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
              MESSAGE = format('%L is not a lock name: %s', left(name, 100), reason), HINT = 'Give a name such as ''nuget-restore''.';
          END IF;
          RETURN encoded;
        END $f$;

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
