using System.Collections.Generic;
using System.Linq;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;

namespace ProcessDedup.Substituters;

/// <summary>What must be signed by whom.</summary>
internal sealed class ArtifactTrust(IReadOnlyList<string> keyFiles)
{
    private IReadOnlyList<SigningKey>? _keys;

    /// <summary>Reads the keys, once.</summary>
    /// <exception cref="FetchException"><see cref="FetchError.SigningKeyInvalid"/></exception>
    public IReadOnlyList<SigningKey> Keys => _keys ??= SigningKey.Trusted(keyFiles);

    /// <exception cref="SubstituterFault">It is not signed as it should be.</exception>
    public void Check(ArtifactRecord record, SubstituterAddress from)
    {
        if (from.IsTrusted || Keys.Count == 0 || Keys.Any(key => key.HasSigned(record)))
            return;
        bool isKnown = record.Signatures.Any(signature => Keys.Any(key => key.Id == signature.KeyId));
        throw SubstituterFault.Unsigned(
            record.Signatures.Count == 0 ? Message.Of(Key.ReasonNotSigned)
            : isKnown ? Message.Of(Key.ReasonSignatureOfTrustedKeyIsNot)
            : Message.Of(Key.ReasonSignedButByNoTrustedKey));
    }
}
