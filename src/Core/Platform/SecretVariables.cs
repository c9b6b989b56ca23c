using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace ProcessDedup.Platform;

/// <summary>
/// The secrets that this process and what it starts have from their environment. What is known need not be guessed: they are left
/// out of texts whatever they look like and whatever stands around them.
/// </summary>
internal static class SecretVariables
{
    private const string Replacement = "***";

    /// <summary>Below this a value is a word of everyday texts ("true", "none"), which would be left out of each of them.</summary>
    internal const int ShortestSecret = 6;

    private static readonly Regex Name = new(
        "(^|[_-])(PASS|PASSWD|PASSWORD|PASSPHRASE|PW|PWD|PAT|SECRET|TOKEN|KEY|APIKEY|CREDENTIALS?|AUTH|COOKIE|DSN|SAS)($|[_-])|PASSWORD|SECRET|TOKEN|APIKEY|CONNECTIONSTRING",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    private static readonly Regex Login = new("://[^/?#\\s:@]*:(?<password>[^/?#\\s]+)@", RegexOptions.CultureInvariant);

    /// <summary>The text without them.</summary>
    public static string LeaveOutOf(string text)
    {
        // The longest first: one may be part of another.
        foreach (string secret in Values().Distinct(StringComparer.Ordinal).OrderByDescending(secret => secret.Length))
            text = text.Replace(secret, Replacement, StringComparison.Ordinal);
        return text;
    }

    private static IEnumerable<string> Values()
    {
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            if (variable is not { Key: string name, Value: string value })
                continue;
            // Of an address only the password: its host is what errors are about.
            if (Login.Match(value) is { Success: true } match && match.Groups["password"].Length >= ShortestSecret)
                yield return match.Groups["password"].Value;
            else if (Name.IsMatch(name) && !IsPlace(value))
            {
                // Texts come line by line, and keys have several.
                foreach (string line in value.Split('\n').Select(line => line.Trim()).Where(line => line.Length >= ShortestSecret))
                    yield return line;
            }
        }
    }

    // PWD; SSH_AUTH_SOCK; a file that holds the secret.
    private static bool IsPlace(string value) => Path.IsPathRooted(value) && Path.Exists(value);
}
