using System.Collections.Generic;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;
using ProcessDedup.Store;

namespace ProcessDedup.Artifacts;

/// <summary>
/// Which artifact: a name for people, and a fingerprint of everything that the artifact depends on. Two ways to the same
/// artifact have the same fingerprint, and so the same lock.
/// </summary>
public sealed class ArtifactKey
{
    private const int FingerprintLength = 64;
    private const int LongestName = 500;

    private ArtifactKey(string name, string fingerprint) => (Name, Fingerprint) = (name, fingerprint);

    /// <summary>As people know it.</summary>
    public string Name { get; }

    /// <summary>SHA-256 of all that the artifact depends on, as 64 hexadecimal digits.</summary>
    public string Fingerprint { get; }

    /// <summary>
    /// The key of a name, of the content of files, of how it is made, and of the operating system and processor
    /// architecture (which can be left out).
    /// </summary>
    /// <param name="name">The name; or a whole fingerprint, which is taken as it is.</param>
    /// <param name="inputs">The files that it depends on; null: none.</param>
    /// <param name="recipe">What makes it: the text of a script, the words of a command; null: nothing is said of it.</param>
    /// <param name="parameters">Texts, numbers, true and false, dates, lists and dictionaries of them; null: none.</param>
    /// <param name="isForAnyPlatform">The same for all operating systems and architectures.</param>
    /// <exception cref="FetchException"><see cref="FetchError.ArtifactKeyInvalid"/></exception>
    public static ArtifactKey Of(
        string name, IReadOnlyList<ArtifactInput>? inputs = null, string? recipe = null,
        IReadOnlyList<object?>? parameters = null, bool isForAnyPlatform = false)
    {
        CheckName(name);
        if (IsFingerprint(name))
        {
            return inputs is { Count: > 0 } || parameters is { Count: > 0 }
                ? throw FetchFailures.ArtifactKeyInvalid(name, Message.Of(Key.ReasonFingerprintStandsForItsInputsAnd))
                : new ArtifactKey(name, name);
        }

        var text = new StringBuilder("artifact 1\n");
        Field(text, "name", name);
        if (!isForAnyPlatform)
            Field(text, "platform", Platform);
        foreach (ArtifactInput input in inputs ?? [])
            Field(text, "input " + input.Content, input.Name);
        if (recipe is not null)
            // The same script, checked out on Windows or elsewhere.
            Field(text, "recipe", recipe.Replace("\r\n", "\n"));
        foreach (object? parameter in parameters ?? [])
            Field(text, "parameter", ArtifactParameter.Render(name, parameter));
        return new ArtifactKey(name, ContentHash.HexOf(text.ToString()));
    }

    /// <summary>The key of something that has its fingerprint already.</summary>
    internal static ArtifactKey Known(string name, string fingerprint) => new(name, fingerprint);

    /// <summary>Is it a whole fingerprint?</summary>
    public static bool IsFingerprint(string text) => text is { Length: FingerprintLength } && ContentHash.IsHex(text);

    /// <summary>"linux-x64".</summary>
    public static string Platform { get; } = string.Format(
        CultureInfo.InvariantCulture, "{0}-{1}",
        RuntimeInformation.IsOSPlatform(OSPlatform.Windows) ? "windows"
            : RuntimeInformation.IsOSPlatform(OSPlatform.OSX) ? "macos"
            : RuntimeInformation.IsOSPlatform(OSPlatform.Linux) ? "linux"
            : "other",
        RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant());

    private static void CheckName(string name)
    {
        if (string.IsNullOrWhiteSpace(name))
            throw FetchFailures.ArtifactKeyInvalid(name ?? string.Empty, Message.Of(Key.ReasonEmpty));
        if (name.Length > LongestName)
            throw FetchFailures.ArtifactKeyInvalid(name, Message.Of(Key.ReasonHasCharactersAndAtMostAre, name.Length, LongestName));
        foreach (char c in name)
        {
            if (char.IsControl(c))
                throw FetchFailures.ArtifactKeyInvalid(name, Message.Of(Key.ReasonContainsControlCharacter));
        }
    }

    // With the length in front no text can look like two others.
    private static void Field(StringBuilder text, string kind, string value) =>
        text.Append(kind).Append(' ').Append(value.Length.ToString(CultureInfo.InvariantCulture)).Append('\n').Append(value).Append('\n');

    /// <inheritdoc/>
    public override string ToString() => Name;
}
