using System.IO;
using System.Security.Cryptography;
using System.Text;
using ProcessDedup.Fetch;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>
/// Random bytes of one cache, the same for all processes: what is hashed with them (as which user an origin is asked) cannot be
/// guessed from the hash.
/// </summary>
internal sealed class CacheSalt(StoreLayout layout)
{
    private const int Length = 32;

    private volatile byte[]? _bytes;

    /// <summary>The bytes; the first process that needs them makes them.</summary>
    /// <exception cref="FetchException">They cannot be written.</exception>
    public byte[] Bytes
    {
        get
        {
            if (_bytes is not null)
                return _bytes;
            byte[]? salt = FileSystem.TryReadSmall(layout.SaltFile, Length);
            return _bytes = salt is { Length: Length } ? salt : Make();
        }
    }

    /// <summary>A keyed hash, as a plain one of a short secret could be found by trying.</summary>
    public string HashOf(string secret)
    {
        using var keyed = new HMACSHA256(Bytes);
        return ContentHash.ToHex(keyed.ComputeHash(Encoding.UTF8.GetBytes(secret)));
    }

    private byte[] Make()
    {
        byte[] salt = RandomNumberGenerator.GetBytes(Length);
        string mine = Path.Combine(layout.Staging, OwnedName.New() + ".salt");
        try
        {
            FileSystem.CreatePrivateDirectory(layout.Staging);
            FileSystem.WriteAtomically(mine, salt, FileSystem.PrivateFile, isDurable: true);
            // Several processes may be at this point; the first link makes the salt.
            if (TryLink(mine))
                return salt;
            if (FileSystem.TryReadSmall(layout.SaltFile, Length) is { Length: Length } theirs)
                return theirs;
            // Damaged: the last rename makes it, and the others make keys that are never found again.
            Publishing.Rename(mine, layout.SaltFile);
            return FileSystem.TryReadSmall(layout.SaltFile, Length) is { Length: Length } last ? last : salt;
        }
        catch (PlatformException e)
        {
            throw FetchFailures.FromPlatform(layout.SaltFile, e);
        }
        finally
        {
            FileSystem.TryDelete(mine);
        }
    }

    private bool TryLink(string mine)
    {
        try
        {
            return Publishing.TryLink(mine, layout.SaltFile);
        }
        catch (PlatformException)
        {
            // No hard links there.
            return false;
        }
    }
}
