using System;
using System.Collections.Generic;
using System.IO;
using System.Security.Cryptography;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Substituters;

/// <summary>
/// A key for signatures, ECDSA on P-256 with SHA-256: small, and in every edition of .NET and OpenSSL. Read from PEM
/// files, as openssl writes them.
/// </summary>
internal sealed class SigningKey : IDisposable
{
    private const int LargestFile = 64 * 1024;

    private readonly ECDsa _key;

    private SigningKey(ECDsa key, string id)
    {
        _key = key;
        Id = id;
    }

    /// <summary>SHA-256 of the public key (SubjectPublicKeyInfo) in hexadecimal digits.</summary>
    public string Id { get; }

    /// <summary>A key that signs.</summary>
    /// <param name="pem">A PEM file's path, or its text.</param>
    /// <exception cref="FetchException"><see cref="FetchError.SigningKeyInvalid"/></exception>
    public static SigningKey ForSigning(string pem)
    {
        bool isText = pem.Contains("-----BEGIN", StringComparison.Ordinal);
        string shown = isText ? Message.Of(Key.ReasonPemText) : pem;
        string text = isText ? pem : ReadFile(pem);
        if (text.IndexOf("PRIVATE KEY-----", StringComparison.Ordinal) < 0)
            throw FetchFailures.SigningKeyInvalid(shown, Message.Of(Key.ReasonThereIsNoPrivateKeyIn));
        return Import(shown, text);
    }

    /// <summary>Keys that are trusted.</summary>
    /// <param name="paths">PEM files, each with one public key.</param>
    /// <exception cref="FetchException"><see cref="FetchError.SigningKeyInvalid"/></exception>
    public static IReadOnlyList<SigningKey> Trusted(IReadOnlyList<string> paths)
    {
        var keys = new List<SigningKey>();
        foreach (string path in paths)
            keys.Add(Import(path, ReadFile(path)));
        return keys;
    }

    public ArtifactSignature Sign(ArtifactRecord record) =>
        new(Id, Convert.ToBase64String(_key.SignData(record.Statement(), HashAlgorithmName.SHA256)));

    /// <summary>Has this key signed the record?</summary>
    public bool HasSigned(ArtifactRecord record)
    {
        byte[] statement = record.Statement();
        foreach (ArtifactSignature signature in record.Signatures)
        {
            if (signature.KeyId == Id && IsValid(statement, signature.Value))
                return true;
        }

        return false;
    }

    private bool IsValid(byte[] statement, string value)
    {
        try
        {
            return _key.VerifyData(statement, Convert.FromBase64String(value), HashAlgorithmName.SHA256);
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            return false;
        }
    }

    private static string ReadFile(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (file.Exists && file.Length > LargestFile)
                throw FetchFailures.SigningKeyInvalid(path, Message.Of(Key.ReasonFarTooLongForKey));
            return File.ReadAllText(path);
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e) || e is ArgumentException or NotSupportedException)
        {
            string reason = e is FileNotFoundException or DirectoryNotFoundException ? Message.Of(Key.ReasonDoesNotExist) : e.Message.TrimEnd('.');
            throw FetchFailures.SigningKeyInvalid(path, reason, e);
        }
    }

    private static SigningKey Import(string shown, string text)
    {
        (ECDsa key, string id) = Read(shown, text);
        return new SigningKey(key, id);
    }

    private const string P256 = "1.2.840.10045.3.1.7";

    private static (ECDsa Key, string Id) Read(string shown, string text)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(text);
            if (key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value != P256)
                throw FetchFailures.SigningKeyInvalid(shown, Message.Of(Key.ReasonNotOnCurveP256));
            return (key, ContentHash.ToHex(SHA256.HashData(key.ExportSubjectPublicKeyInfo())));
        }
        catch (Exception e)
        {
            key.Dispose();
            if (e is not (ArgumentException or CryptographicException))
                throw;
            // Not the system's own words: they may cite the file.
            throw FetchFailures.SigningKeyInvalid(shown, Message.Of(Key.ReasonThereIsNotExactlyOneEc), e);
        }
    }

    public void Dispose() => _key.Dispose();
}
