using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Management.Automation.Runspaces;
using ProcessDedup.Fetch;
using ProcessDedup.Store;
using ProcessDedup.Substituters;

namespace ProcessDedup.Cmdlets;

public abstract partial class CachedFetchParameters
{
    private protected Coordination.Coordinator? OpenFleet() =>
        FleetCoordinator.OpenForContent(this, Coordinator, PublishTo is not null && Substituter is not null);

    private protected FetchRequest Request(string address, Coordination.Coordinator? fleet)
    {
        if (Sha256 is not null && Integrity is not null)
            throw FetchFailures.TwoHashes();
        var request = new FetchRequest(address)
        {
            Mirrors = Mirror ?? [],
            Expected = (Sha256 ?? Integrity) is { } hash ? ContentHash.Parse(hash) : null,
            MaxAge = Seconds(nameof(MaxAgeSec), MaxAgeSec),
            StaleIfError = Seconds(nameof(StaleIfErrorSec), StaleIfErrorSec),
            Offline = Offline,
            Unpack = Unpack,
            StripComponents = StripComponents,
            MaxUnpackedBytes = MaxUnpackedBytes > 0 ? MaxUnpackedBytes : null,
            Decompress = Decompress,
            AllowNonPortableNames = AllowNonPortableNames,
            AllowOutwardLinks = AllowOutwardLinks,
            Submodules = Submodules,
            LargeFiles = LargeFiles,
            Headers = HeaderList(),
            Credential = Credential?.GetNetworkCredential(),
            Proxy = Proxy,
            CaFile = CaFile is null ? null : FileSystemPath(CaFile),
            ClientCertificate = ClientCertificate is null ? null : FileSystemPath(ClientCertificate),
            ClientKey = ClientKey is null ? null : FileSystemPath(ClientKey),
            UseDefaultCredentials = UseDefaultCredentials,
            Timeout = TimeSpan.FromSeconds(TimeoutSec),
            NoWait = NoWait,
            ProceedOnTimeout = OnTimeout == FetchTimeoutAction.Proceed,
            InactivityTimeout = TimeSpan.FromSeconds(InactivityTimeoutSec),
            MaxBytes = MaxBytes > 0 ? MaxBytes : null,
            MaxAttempts = MaxAttempts,
            IgnoreCooldown = IgnoreCooldown,
            Destination = Destination is null ? null : FileSystemPath(Destination),
            ReadOnly = ReadOnly,
            AllowNetworkFileSystem = AllowNetworkFileSystem,
            Coordinator = fleet,
            PublishTo = PublishTo is null ? null : SubstituterText.Resolve(PublishTo, FileSystemPath),
            SigningKey = SigningKey is null ? null : FileSystemPath(SigningKey),
            Substituters = new SubstituterOptions
            {
                Addresses = (Substituter ?? []).Select(s => SubstituterText.Resolve(s, FileSystemPath)).ToList(),
                TrustedKeys = (TrustedKey ?? []).Select(FileSystemPath).ToList(),
            },
            // A block may ask for what it is making itself; two addresses of one list may well be the same.
            Flow = ParameterSetName == ByScript ? Runspace.DefaultRunspace?.InstanceId : null,
        };
        return request.AskedNow();
    }

    private TimeSpan? Seconds(string parameter, double value) =>
        MyInvocation.BoundParameters.ContainsKey(parameter) ? TimeSpan.FromSeconds(value) : null;

    private List<KeyValuePair<string, string>> HeaderList()
    {
        var headers = new List<KeyValuePair<string, string>>();
        foreach (DictionaryEntry header in Headers ?? new Hashtable())
        {
            headers.Add(new KeyValuePair<string, string>(
                Convert.ToString(header.Key, CultureInfo.InvariantCulture) ?? string.Empty,
                Convert.ToString(header.Value, CultureInfo.InvariantCulture) ?? string.Empty));
        }

        return headers;
    }
}
