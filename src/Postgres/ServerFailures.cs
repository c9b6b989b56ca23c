using System;
using System.IO;
using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;
using ProcessDedup.Coordination;
using ProcessDedup.Messages;

namespace ProcessDedup.Postgres;

/// <summary>What the server or the way to it says, as errors of this project.</summary>
internal static class ServerFailures
{
    /// <summary>Is it one of those that this translates?</summary>
    public static bool IsFailure(Exception e) =>
        e is NpgsqlException or SocketException or IOException or TimeoutException or AuthenticationException or ArgumentException
            or NotSupportedException or InvalidOperationException;

    /// <summary>Is the session over, so that what it held is free and another one may be opened?</summary>
    public static bool IsSessionLost(Exception e) => e is PostgresException server
        // operator_intervention (but for a cancelled statement) and connection_exception.
        ? server.SqlState.StartsWith("57P", StringComparison.Ordinal) || server.SqlState.StartsWith("08", StringComparison.Ordinal)
            || server.SqlState == PostgresErrorCodes.TooManyConnections
        : e is NpgsqlException or SocketException or IOException or InvalidOperationException;

    public static DedupException From(string place, Exception e)
    {
        switch (e)
        {
            case DedupException own:
                return own;
            case NpgsqlException { InnerException: DedupException asked }:
                // The password's provider.
                return asked;
            case PostgresException server:
                return FromServer(place, server);
            case NpgsqlException { InnerException: TimeoutException }:
            case TimeoutException:
                return CoordinatorFailures.Slow(place, Message.Of(Key.CoordinatorTimeOver), e);
            case NpgsqlException { InnerException: AuthenticationException inner }:
                return CoordinatorFailures.AccessDenied(place, inner.Message, e);
            case NpgsqlException npgsql when npgsql.Message.StartsWith("No password has been provided", StringComparison.Ordinal):
                return CoordinatorFailures.AccessDenied(place, Message.Of(Key.CoordinatorPasswordMissing), e);
            case NpgsqlException npgsql when npgsql.Message.Contains("No SSL enabled connection", StringComparison.Ordinal):
                return CoordinatorFailures.Unencrypted(place, npgsql.Message, e);
            default:
                return CoordinatorFailures.Unreachable(place, (e.InnerException ?? e).Message, e);
        }
    }

    private static CoordinatorException FromServer(string place, PostgresException e) => e.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification or PostgresErrorCodes.InvalidCatalogName
            => CoordinatorFailures.AccessDenied(place, e.MessageText, e),
        // What the server says may be in another language; then it is the general text, which is true as well.
        PostgresErrorCodes.InsufficientPrivilege when e.MessageText.Contains("for database", StringComparison.Ordinal)
            => CoordinatorFailures.SchemaDenied(place, e.MessageText, e),
        PostgresErrorCodes.TooManyConnections when e.MessageText.Contains("for role", StringComparison.Ordinal)
            => CoordinatorFailures.RoleFull(place, e.MessageText, e),
        PostgresErrorCodes.TooManyConnections when e.MessageText.Contains("for database", StringComparison.Ordinal)
            => CoordinatorFailures.DatabaseFull(place, e.MessageText, e),
        PostgresErrorCodes.InsufficientPrivilege => CoordinatorFailures.RightsMissing(place, e.MessageText, e),
        PostgresErrorCodes.TooManyConnections => CoordinatorFailures.Full(place, e.MessageText, e),
        PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown
            => CoordinatorFailures.Unreachable(place, e.MessageText, e),
        PostgresErrorCodes.ReadOnlySqlTransaction => CoordinatorFailures.ReadOnly(place, e.MessageText),
        // What pgbouncer says to a connection that no pooler should have: before it is asked for anything.
        PostgresErrorCodes.ProtocolViolation when e.MessageText.Contains("startup parameter", StringComparison.Ordinal)
            => CoordinatorFailures.Pooled(place, e.MessageText, e),
        _ => CoordinatorFailures.Failed(place, $"{e.MessageText} ({e.SqlState})", e),
    };
}
