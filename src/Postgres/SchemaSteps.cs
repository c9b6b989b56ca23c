namespace ProcessDedup.Postgres;

/// <summary>What each version of the schema adds to the one before. A step that was once published is never changed.</summary>
internal static class SchemaSteps
{
    // Who holds what is of no use after a crash of the server, and must not wait for its disk: the table is not logged.
    private const string Tables =
        """
        CREATE SCHEMA IF NOT EXISTS procdedup;
        CREATE TABLE procdedup.meta(version integer NOT NULL);
        INSERT INTO procdedup.meta VALUES(1);
        CREATE SEQUENCE procdedup.fence AS bigint;
        CREATE TABLE procdedup.lock_name(key bigint PRIMARY KEY, name text NOT NULL, slots integer);
        CREATE UNLOGGED TABLE procdedup.session(
          backend_pid integer PRIMARY KEY, is_waiting boolean NOT NULL, slot integer, machine text NOT NULL, pid integer NOT NULL,
          os_user text NOT NULL, command text NOT NULL, reason text, progress text, since timestamptz NOT NULL);
        CREATE TABLE procdedup.claim(
          namespace text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, fence bigint NOT NULL, token bytea,
          since timestamptz NOT NULL, reason text, granted timestamptz NOT NULL, lease_ms bigint,
          pid integer NOT NULL, start bigint NOT NULL, boot text NOT NULL, pid_namespace text NOT NULL,
          os_user text NOT NULL, machine text NOT NULL, command text NOT NULL,
          PRIMARY KEY(namespace, key));
        """;

    // A lock waits for no disk: what the sequence gives is written down a moment later, and a crash may forget it. A crash also
    // empties tables that are not logged: then nobody is given a number before the sequence has gone on by more than can have
    // been forgotten (wal_writer_delay is ten seconds at most), and that is on the disk.
    private const string Fence =
        """
        CREATE UNLOGGED TABLE procdedup.alive(is_alive boolean NOT NULL);
        INSERT INTO procdedup.alive VALUES(true);
        CREATE FUNCTION procdedup.keep_fence() RETURNS void
          LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $f$
        BEGIN
          IF NOT EXISTS (SELECT FROM procdedup.alive) THEN
            IF current_setting('synchronous_commit') = 'off' THEN
              PERFORM set_config('synchronous_commit', 'on', true);
            END IF;
            PERFORM setval('procdedup.fence', (SELECT last_value FROM procdedup.fence) + 1000000000);
            INSERT INTO procdedup.alive VALUES(true);
          END IF;
        END $f$;

        """;

    private const string Names =
        """
        ALTER TABLE procdedup.meta ADD COLUMN is_strict boolean NOT NULL DEFAULT false;
        CREATE TABLE procdedup.registered_name(
          encoded text COLLATE "C" PRIMARY KEY, key bigint NOT NULL, name text NOT NULL, owner text NOT NULL, purpose text, longest_hold_ms bigint,
          registered_by text NOT NULL, since timestamptz NOT NULL);
        """;

    // Whoever may use the tables of the version before may use what came later: GRANT … ON ALL TABLES was for those of then, and
    // not everywhere may all users call what nobody was forbidden.
    private const string Grants =
        """
        DO $do$
        DECLARE may record; added record;
        BEGIN
          FOR may IN
            SELECT DISTINCT a.grantee FROM pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a
            WHERE c.oid = 'procdedup.claim'::regclass AND a.privilege_type = 'INSERT' AND a.grantee <> c.relowner
          LOOP
            EXECUTE pg_catalog.format(
              'GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA procdedup TO %s',
              CASE WHEN may.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(may.grantee)) END);
            FOR added IN
              SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
              WHERE n.nspname = 'procdedup' AND c.relkind = 'r' AND c.relname NOT IN ('meta', 'lock_name', 'session', 'claim', 'alive')
            LOOP
              EXECUTE pg_catalog.format(
                'GRANT SELECT, INSERT, UPDATE, DELETE ON procdedup.%I TO %s', added.relname,
                CASE WHEN may.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(may.grantee)) END);
            END LOOP;
          END LOOP;
        END $do$;
        """;

    /// <summary>The first makes version 1, the next one 2 of it, and so on.</summary>
    public static string[] All { get; } = [Tables, Fence + Names + FlightTable.Definition + SchemaFunctions.Definition + Grants, SchemaFolding.Definition];
}
