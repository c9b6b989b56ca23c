using System;
using ProcessDedup.Platform;

namespace ProcessDedup.Claims;

/// <summary>
/// For how long a claim lasts. Within one boot it is measured by the time since the boot, so that nothing changes when the
/// clock is set; only across a restart, or where the system gives a boot no name, by the clock.
/// </summary>
/// <param name="GrantedAt">When it was granted, or renewed.</param>
/// <param name="Length">How long it lasts from then on.</param>
internal readonly record struct ClaimLease(MachineMoment GrantedAt, TimeSpan Length)
{
    public bool IsOverAt(MachineMoment now) => UsedAt(now) >= Length;

    /// <summary>Its end, as the clock stands at that moment.</summary>
    public DateTimeOffset EndSeenAt(MachineMoment now) => now.Utc + (Length - UsedAt(now));

    private TimeSpan UsedAt(MachineMoment now) => now.BootId.Length > 0 && now.BootId == GrantedAt.BootId
        ? now.Since(GrantedAt)
        : now.Utc - GrantedAt.Utc;
}
