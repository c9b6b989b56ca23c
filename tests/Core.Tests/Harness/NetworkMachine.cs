using System;
using System.Net;
using System.Security.Cryptography;
using Xunit;

namespace ProcessDedup.Tests.Harness;

/// <summary>
/// A machine with a name and a network of its own: namespaces of the kernel, and a cable (veth) to this one. Its files are in a
/// root of its own. Skips the test where that is not permitted.
/// </summary>
internal sealed class NetworkMachine : IDisposable
{
    private readonly string _space;

    private NetworkMachine(string name)
    {
        Name = name;
        // Others may test here at the same time: names and addresses by chance.
        string number = RandomNumberGenerator.GetHexString(6, lowercase: true);
        _space = "pd-" + number;
        string net = FormattableString.Invariant($"10.{RandomNumberGenerator.GetInt32(200, 250)}.{RandomNumberGenerator.GetInt32(0, 256)}");
        // A cable has two ends, and 64 of such nets fit into one of these.
        int first = RandomNumberGenerator.GetInt32(0, 64) * 4 + 1;
        Gateway = IPAddress.Parse(FormattableString.Invariant($"{net}.{first}"));
        string here = "pdh" + number, there = "pdt" + number;
        foreach (string command in new[]
        {
            $"ip netns add {_space}", $"ip link add {here} type veth peer name {there} netns {_space}", $"ip address add {Gateway}/30 dev {here}",
            $"ip link set {here} up", FormattableString.Invariant($"ip -n {_space} address add {net}.{first + 1}/30 dev {there}"), $"ip -n {_space} link set {there} up",
        })
        {
            using Peer step = Peer.Run(Place, "sh", "-c", command);
            if (step.WaitForExit() == 0)
                continue;
            string why = step.Errors.Trim();
            Dispose();
            Assert.Skip($"Nothing is tested between real networks: '{command}' is not permitted here ({why}).");
        }
    }

    public string Name { get; }

    public TestDirectory Place { get; } = new();

    /// <summary>This machine, as that one reaches it.</summary>
    public IPAddress Gateway { get; }

    public static NetworkMachine New(string name)
    {
        Assert.SkipWhen(Programs.Find("ip") is null || Programs.Find("unshare") is null, "ip or unshare is not installed: nothing is tested between real networks.");
        return new NetworkMachine(name);
    }

    /// <summary>Runs a program there.</summary>
    public Peer Run(string program, params string[] arguments) => Peer.Run(
        Place, "ip", ["netns", "exec", _space, "unshare", "--uts", "sh", "-c", $"hostname {Name} && exec \"$0\" \"$@\"", program, .. arguments]);

    public void Dispose()
    {
        // The cable goes with it.
        using (Peer gone = Peer.Run(Place, "ip", "netns", "delete", _space))
            gone.WaitForExit();
        Place.Dispose();
    }
}
