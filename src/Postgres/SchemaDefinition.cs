namespace ProcessDedup.Postgres;

/// <summary>The tables and functions of the schema's version 1.</summary>
internal static class SchemaDefinition
{
    // Who holds what is of no use after a crash of the server, and must not wait for its disk: the table is not logged.
    private const string Tables =
        """
        CREATE SCHEMA IF NOT EXISTS procdedup;
        CREATE TABLE procdedup.meta(version integer NOT NULL, is_strict boolean NOT NULL DEFAULT false);
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
        CREATE TABLE procdedup.registered_name(
          encoded text COLLATE "C" PRIMARY KEY, key bigint NOT NULL, name text NOT NULL, owner text NOT NULL, purpose text, longest_hold_ms bigint,
          registered_by text NOT NULL, since timestamptz NOT NULL);

        """;

    /// <summary>Makes all of it, in a transaction of the caller's.</summary>
    public static string Text { get; } =
        Tables + Fence + Names + FlightTable.Definition + SchemaFolding.Definition + SchemaFunctions.Definition;
}
