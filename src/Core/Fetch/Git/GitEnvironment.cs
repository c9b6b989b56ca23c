using System;
using System.Collections.Generic;
using System.Globalization;
using System.Net;
using ProcessDedup.Fetch.Http;

namespace ProcessDedup.Fetch.Git;

/// <summary>
/// What git is started with. Secrets go by the environment (GIT_CONFIG_COUNT, git 2.31), which other users cannot read:
/// command lines they can, and a mirror's config would keep them.
/// </summary>
internal static class GitEnvironment
{
    // What would lead git to another repository than ours ("git rev-parse --local-env-vars", and some), or make it
    // write down what it sends.
    private static readonly HashSet<string> Removed = new(StringComparer.Ordinal)
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG", "GIT_OBJECT_DIRECTORY", "GIT_DIR", "GIT_WORK_TREE",
        "GIT_IMPLICIT_WORK_TREE", "GIT_GRAFT_FILE", "GIT_INDEX_FILE", "GIT_INDEX_VERSION", "GIT_REPLACE_REF_BASE", "GIT_PREFIX",
        "GIT_SHALLOW_FILE", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_TEMPLATE_DIR", "GIT_QUARANTINE_PATH", "GIT_CURL_VERBOSE",
        "GIT_DISCOVERY_ACROSS_FILESYSTEM", "GIT_DEFAULT_HASH", "GIT_ATTR_SOURCE", "GIT_FLUSH",
    };

    /// <summary>Of our own, for every run.</summary>
    public static void Prepare(IDictionary<string, string?> environment, string cacheDirectory)
    {
        var names = new List<string>();
        foreach (string name in environment.Keys)
        {
            if (Removed.Contains(name) || name.StartsWith("GIT_TRACE", StringComparison.Ordinal))
                names.Add(name);
        }

        foreach (string name in names)
            environment.Remove(name);
        // git's words are looked at; see GitOutcome.
        environment["LC_ALL"] = "C";
        environment["LANGUAGE"] = string.Empty;
        // The terminal is not asked: it may be another program's. A program that the caller named to ask is.
        environment["GIT_TERMINAL_PROMPT"] = "0";
        if (!HasAskpass(environment, "SSH_ASKPASS"))
            environment["SSH_ASKPASS_REQUIRE"] = "never";
        else if (!environment.ContainsKey("SSH_ASKPASS_REQUIRE"))
            environment["SSH_ASKPASS_REQUIRE"] = "force";
        environment["GCM_INTERACTIVE"] = "never";
        environment["GIT_NO_REPLACE_OBJECTS"] = "1";
        environment["GIT_CEILING_DIRECTORIES"] = cacheDirectory;
    }

    private static bool HasAskpass(IDictionary<string, string?> environment, string name) =>
        environment.TryGetValue(name, out string? program) && !string.IsNullOrEmpty(program);

    /// <summary>No user's settings: the tree of a commit is the same whoever exports it.</summary>
    public static void Isolate(IDictionary<string, string?> environment)
    {
        environment.Remove("GIT_CONFIG_COUNT");
        environment.Remove("GIT_CONFIG_PARAMETERS");
        environment["GIT_CONFIG_NOSYSTEM"] = "1";
        environment["GIT_CONFIG_SYSTEM"] = "/dev/null";
        environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        environment["GIT_ATTR_NOSYSTEM"] = "1";
    }

    /// <summary>What lets git in at the source.</summary>
    public static void LetIn(IDictionary<string, string?> environment, GitSource source)
    {
        bool mayAsk = HasAskpass(environment, "GIT_ASKPASS") || HasAskpass(environment, "SSH_ASKPASS");
        foreach (KeyValuePair<string, string> setting in Settings(source, mayAsk))
        {
            int count = environment.TryGetValue("GIT_CONFIG_COUNT", out string? text)
                && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : 0;
            string number = count.ToString(CultureInfo.InvariantCulture);
            environment["GIT_CONFIG_KEY_" + number] = setting.Key;
            environment["GIT_CONFIG_VALUE_" + number] = setting.Value;
            environment["GIT_CONFIG_COUNT"] = (count + 1).ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <summary>ssh asks on the terminal even if git may not; a command of the user's own is left alone.</summary>
    public static void KeepSshSilent(IDictionary<string, string?> environment)
    {
        if (!HasAskpass(environment, "SSH_ASKPASS") && !environment.ContainsKey("GIT_SSH_COMMAND") && !environment.ContainsKey("GIT_SSH"))
            environment["GIT_SSH_COMMAND"] = "ssh -o BatchMode=yes";
    }

    private static IEnumerable<KeyValuePair<string, string>> Settings(GitSource source, bool mayAsk)
    {
        if (source.User is { } user)
            yield return Setting($"url.{source.Server!.Replace("://", "://" + user + "@")}/.insteadOf", source.Server + "/");
        if (source.Http is not { } http)
            yield break;
        bool isSecret = false;
        bool isAuthorized = false;
        foreach (KeyValuePair<string, string> header in http.Headers)
        {
            isSecret = true;
            isAuthorized |= string.Equals(header.Key, "Authorization", StringComparison.OrdinalIgnoreCase);
            yield return Setting($"http.{source.Server}/.extraHeader", $"{header.Key}: {header.Value}");
        }

        if (!isAuthorized && Login(http) is { } login)
        {
            isSecret = true;
            yield return Setting($"http.{source.Server}/.extraHeader", "Authorization: Basic " + HttpSource.BasicToken(login));
        }
        else if (source.User is not null && !mayAsk)
        {
            // The last one asked: a token in the place of the name needs no password.
            yield return Setting($"credential.{source.Server}.helper", "!echo password=; true");
        }

        foreach (KeyValuePair<string, string> setting in TlsSettings(source, http))
            yield return setting;
        // git would carry these headers to wherever it is redirected.
        if (isSecret)
            yield return Setting("http.followRedirects", "false");
        if (http.Proxy is { } proxy)
            yield return Setting("http.proxy", proxy.AbsoluteUri);
    }

    private static IEnumerable<KeyValuePair<string, string>> TlsSettings(GitSource source, HttpSource http)
    {
        if (source.CaFile is { } authorities)
            yield return Setting("http.sslCAInfo", authorities);
        if (source.Certificate is { } certificate)
        {
            yield return Setting($"http.{source.Server}/.sslCert", certificate);
            yield return Setting($"http.{source.Server}/.sslKey", source.CertificateKey ?? certificate);
        }

        // Without a name and password curl does not even try Negotiate.
        if (http.Access.DefaultLogin is not null)
            yield return Setting($"http.{source.Server}/.emptyAuth", "true");
    }

    // ~/.netrc curl reads itself, and takes care where it is redirected.
    private static NetworkCredential? Login(HttpSource http) => http.Credential
        ?? (Environment.GetEnvironmentVariable("NETRC") is not { Length: > 0 } ? null
            : http.UserName is { } user ? Netrc.FindFor(user, http.Uri.IdnHost)
            : Netrc.Find(http.Uri.IdnHost));

    private static KeyValuePair<string, string> Setting(string key, string value) => new(key, value);
}
