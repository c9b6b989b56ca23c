using System;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using ProcessDedup.Fetch;
using ProcessDedup.Substituters;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Substituters;

/// <summary>Keys for signatures.</summary>
public sealed class SigningKeyTests : IDisposable
{
    private readonly Substituting _it = new();

    public void Dispose() => _it.Dispose();

    [Fact]
    public void Keys_of_openssl_are_taken_and_openssl_accepts_the_signature()
    {
        Assert.SkipWhen(Programs.Find("openssl") is null, "openssl is not installed");
        OpenSsl("ecparam", "-name", "prime256v1", "-genkey", "-out", _it.Place.File("key"));
        OpenSsl("ec", "-in", _it.Place.File("key"), "-pubout", "-out", _it.Place.File("pub"));
        string directory = _it.Place.NewDirectory("cache");
        _it.Publish(directory, _it.Tree(), signer: _it.Place.File("key"));
        _it.TrustedKeys = [_it.Place.File("pub")];
        ArtifactRecord record = _it.Restore(directory)!.Record;

        File.WriteAllBytes(_it.Place.File("statement"), record.Statement());
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(_it.Place.File("pub")));
        Assert.Equal(Convert.ToHexString(SHA256.HashData(key.ExportSubjectPublicKeyInfo())).ToLowerInvariant(), record.Signatures[0].KeyId);
        byte[] value = Convert.FromBase64String(record.Signatures[0].Value);
        Assert.True(key.VerifyData(record.Statement(), value, HashAlgorithmName.SHA256));
        Assert.Equal($"procdedup-artifact 1\nkey {Substituting.Key}\nsha256 {record.Digest}\ntree\n", File.ReadAllText(_it.Place.File("statement")));
    }

    [Fact]
    public void The_text_of_a_key_does_as_well_as_its_file()
    {
        string directory = _it.Place.NewDirectory("cache");
        (string mine, string minePublic) = _it.NewKeys();
        _it.Publish(directory, _it.Tree(), signer: File.ReadAllText(mine));
        _it.TrustedKeys = [minePublic];
        Assert.NotNull(_it.Restore(directory));
    }

    [Fact]
    public void However_many_have_signed_one_more_may()
    {
        string directory = _it.Place.NewDirectory("cache");
        string tree = _it.Tree();
        _it.Publish(directory, tree);
        string path = ArtifactRecord.PathOf(Substituting.Key);
        ArtifactRecord record = ArtifactRecordJson.Parse(Files.Peek(directory, path)!, Substituting.Key);
        record = record with { Signatures = [.. Enumerable.Range(0, ArtifactRecordJson.MostSignatures).Select(i => new ArtifactSignature($"{i}", "x"))] };
        Files.Plant(directory, path, ArtifactRecordJson.Write(record));
        (string mine, string minePublic) = _it.NewKeys();
        Assert.Equal(PublishOutcome.Published, _it.Publish(directory, tree, signer: mine));
        _it.TrustedKeys = [minePublic];
        Assert.NotNull(_it.Restore(directory));
    }

    [Fact]
    public void Keys_that_are_none_are_told_before_anything_is_done()
    {
        (string mine, string minePublic) = _it.NewKeys();
        (string otherCurve, string otherCurvePublic) = _it.NewKeys(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create();
        File.WriteAllText(_it.Place.File("rsa"), rsa.ExportRSAPrivateKeyPem());
        File.WriteAllText(_it.Place.File("two"), File.ReadAllText(minePublic) + File.ReadAllText(_it.NewKeys().Public));
        File.WriteAllText(_it.Place.File("text"), "secret of nobody's");
        using (var key = ECDsa.Create(ECCurve.NamedCurves.nistP256))
        {
            File.WriteAllText(_it.Place.File("encrypted"), key.ExportEncryptedPkcs8PrivateKeyPem(
                "word", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));
        }

        File.WriteAllBytes(_it.Place.File("long"), new byte[100_000]);
        string directory = _it.Place.File("never made");
        string tree = _it.Tree();
        foreach (string path in new[] { "missing", "text", "rsa", "encrypted", "long", otherCurve, minePublic, ".", "" })
        {
            FetchException e = _it.PublishFails(FetchError.SigningKeyInvalid, directory, tree, signer: Named(path));
            Assert.DoesNotContain("secret", e.ToString(), StringComparison.Ordinal);
        }

        foreach (string path in new[] { "missing", "text", "rsa", "encrypted", "long", "two", otherCurvePublic, ".", "" })
        {
            _it.TrustedKeys = [minePublic, Named(path)];
            FetchException e = Assert.Throws<FetchException>(() => _it.Restore(directory));
            Assert.True(e.Error == FetchError.SigningKeyInvalid, path);
            Assert.DoesNotContain("secret", e.ToString(), StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(directory));
        Assert.NotEmpty(mine);
    }

    private string Named(string path) => path.Length == 0 ? path : Path.IsPathRooted(path) ? path : _it.Place.File(path);

    private void OpenSsl(params string[] arguments)
    {
        using Peer openssl = Peer.Run(_it.Place, "openssl", arguments);
        Assert.Equal(0, openssl.WaitForExit());
    }
}
