namespace ProcessDedup.Coordination;

/// <summary>What went wrong with a coordinator. The names are the error ids.</summary>
public enum CoordinatorError
{
    /// <summary>The connection string is none, or says what cannot be.</summary>
    CoordinatorInvalid,

    /// <summary>The part of ProcessDedup that speaks with it is not there.</summary>
    CoordinatorNotInstalled,

    /// <summary>It has locks by name only.</summary>
    CoordinatorNeedsName,

    /// <summary>Nothing answers there.</summary>
    CoordinatorUnreachable,

    /// <summary>It answers too slowly.</summary>
    CoordinatorTimeout,

    /// <summary>It does not let the user in.</summary>
    CoordinatorAccessDenied,

    /// <summary>The user may come in, but not do what is needed.</summary>
    CoordinatorRightsMissing,

    /// <summary>It has no room for another connection.</summary>
    CoordinatorFull,

    /// <summary>The server is too old.</summary>
    CoordinatorVersionUnsupported,

    /// <summary>A later version of ProcessDedup has made its tables.</summary>
    CoordinatorSchemaNewer,

    /// <summary>A pooler is in between, which gives the connection to others.</summary>
    CoordinatorPooled,

    /// <summary>It is a standby, or has an encoding that cannot hold every name.</summary>
    CoordinatorUnfit,

    /// <summary>Two names have the same number there.</summary>
    CoordinatorNameCollision,

    /// <summary>Any other failure of the server.</summary>
    CoordinatorFailed,
}
