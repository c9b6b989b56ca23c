namespace ProcessDedup.Fetch.Http;

/// <summary>What to do where a server has asked for patience.</summary>
internal enum CooldownAction
{
    /// <summary>Wait for ten minutes at most, and within the deadline.</summary>
    Wait,

    /// <summary>Fail at once, as there are other places to ask.</summary>
    Fail,

    /// <summary>Ask all the same.</summary>
    Ignore,
}
