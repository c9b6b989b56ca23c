using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading;
using Xunit;

namespace ProcessDedup.Tests.Harness;

/// <summary>A real browser without a screen, spoken to by its DevTools protocol.</summary>
internal sealed class Browser : IDisposable
{
    private readonly TestDirectory _place = new();
    private readonly Process _process;
    private readonly ClientWebSocket _socket = new();
    private readonly List<string> _complaints = [];
    private int _lastId;

    private Browser(string program)
    {
        var start = new ProcessStartInfo(program)
        {
            ArgumentList =
            {
                // Root has no sandbox in a container; the page is our own.
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
                "--disable-background-networking", "--disable-crash-reporter", "--remote-debugging-port=0", "--user-data-dir=" + _place.File("profile"), "about:blank",
            },
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        // Whatever it keeps besides its profile goes away with it.
        start.Environment["HOME"] = _place.Path;
        start.Environment["XDG_CONFIG_HOME"] = start.Environment["XDG_CACHE_HOME"] = start.Environment["TMPDIR"] = _place.NewDirectory("own");
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Errors and warnings of the console, exceptions, and whatever the page asked of the network.</summary>
    public IReadOnlyList<string> Complaints => _complaints;

    /// <summary>Starts it; where there is none the test is skipped, and says so.</summary>
    public static Browser Start()
    {
        string? program = Programs.Find("chromium") ?? Programs.Find("chromium-browser") ?? Programs.Find("google-chrome");
        Assert.SkipWhen(program is null, "No chromium is installed: the report was NOT looked at in a browser.");
        var browser = new Browser(program!);
        try
        {
            browser.Connect();
            return browser;
        }
        catch
        {
            browser.Dispose();
            throw;
        }
    }

    private void Connect()
    {
        string file = _place.File("profile/DevToolsActivePort");
        string[] lines = [];
        Eventually.True(
            () => !_process.HasExited && File.Exists(file) && (lines = File.ReadAllLines(file)).Length >= 2 && Guid.TryParse(lines[1].Split('/')[^1], out _),
            "the browser says where to reach it");
        using var patience = new CancellationTokenSource(Peer.Patience);
        _socket.ConnectAsync(new Uri($"ws://127.0.0.1:{lines[0]}{lines[1]}"), patience.Token).GetAwaiter().GetResult();
        JsonElement target = Ask("Target.createTarget", new { url = "about:blank" });
        Session = Ask("Target.attachToTarget", new { targetId = target.GetProperty("targetId").GetString(), flatten = true }).GetProperty("sessionId").GetString();
        foreach (string domain in new[] { "Page", "Runtime", "Log", "Network" })
            Ask(domain + ".enable", new { });
    }

    private string? Session { get; set; }

    /// <summary>The next pages are looked at on a screen of that size and in that colour scheme.</summary>
    public void Show(int width, int height, string scheme)
    {
        Ask("Emulation.setDeviceMetricsOverride", new { width, height, deviceScaleFactor = 1, mobile = width < 600 });
        Ask("Emulation.setEmulatedMedia", new { media = "screen", features = new[] { new { name = "prefers-color-scheme", value = scheme } } });
    }

    public void Open(string file)
    {
        // The page before answers as well, until it is gone; in between nobody does.
        Evaluate("window.isBefore = true");
        Ask("Page.navigate", new { url = new Uri(file).AbsoluteUri });
        const string expression = "window.isBefore ? '' : document.readyState + location.protocol";
        Eventually.True(
            () => TryAsk("Runtime.evaluate", new { expression, returnByValue = true }, out JsonElement answer)
                && answer.GetProperty("result").TryGetProperty("value", out JsonElement value) && value.GetString() == "completefile:",
            "the page is loaded");
    }

    /// <summary>The value of an expression in the page.</summary>
    public JsonElement Evaluate(string expression)
    {
        JsonElement answer = Ask("Runtime.evaluate", new { expression, returnByValue = true });
        Assert.False(answer.TryGetProperty("exceptionDetails", out JsonElement problem), problem.ToString());
        return answer.GetProperty("result").TryGetProperty("value", out JsonElement value) ? value : default;
    }

    /// <summary>All of the page as PNG.</summary>
    public byte[] Picture() => Ask("Page.captureScreenshot", new { format = "png", captureBeyondViewport = true }).GetProperty("data").GetBytesFromBase64();

    /// <summary>The page as it is printed, as PDF.</summary>
    public byte[] Print() => Ask("Page.printToPDF", new { printBackground = true }).GetProperty("data").GetBytesFromBase64();

    private JsonElement Ask(string method, object parameters)
    {
        Assert.True(TryAsk(method, parameters, out JsonElement answer), $"{method}: {answer}");
        return answer;
    }

    /// <returns>False: the answer is an error.</returns>
    private bool TryAsk(string method, object parameters, out JsonElement answer)
    {
        using var patience = new CancellationTokenSource(Peer.Patience);
        int id = ++_lastId;
        byte[] message = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object?>
        {
            ["id"] = id,
            ["method"] = method,
            ["params"] = parameters,
            ["sessionId"] = Session,
        }.Where(m => m.Value is not null).ToDictionary());
        _socket.SendAsync(message, WebSocketMessageType.Text, true, patience.Token).GetAwaiter().GetResult();
        for (; ; )
        {
            JsonElement heard = Receive(patience.Token);
            if (heard.TryGetProperty("id", out JsonElement of) && of.GetInt32() == id)
                return !heard.TryGetProperty("error", out answer) && heard.TryGetProperty("result", out answer);

            if (heard.TryGetProperty("method", out JsonElement happened))
                Note(happened.GetString()!, heard.GetProperty("params"));
        }
    }

    private void Note(string what, JsonElement how)
    {
        bool isComplaint = what is "Runtime.exceptionThrown" or "Log.entryAdded"
            || what == "Runtime.consoleAPICalled"
            || what == "Network.requestWillBeSent" && !how.GetProperty("request").GetProperty("url").GetString()!.StartsWith("file:", StringComparison.Ordinal)
                && how.GetProperty("request").GetProperty("url").GetString() != "about:blank";
        if (isComplaint)
            _complaints.Add(what + ": " + how);
    }

    private JsonElement Receive(CancellationToken patience)
    {
        using var whole = new MemoryStream();
        byte[] part = new byte[64 * 1024];
        for (; ; )
        {
            ValueWebSocketReceiveResult got = _socket.ReceiveAsync(part.AsMemory(), patience).AsTask().GetAwaiter().GetResult();
            whole.Write(part, 0, got.Count);
            if (got.EndOfMessage)
                return JsonDocument.Parse(Encoding.UTF8.GetString(whole.GetBuffer(), 0, (int)whole.Length)).RootElement.Clone();
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit(10_000);
        _process.Dispose();
        // Its helpers are on their way out as well, and still write into the profile.
        Eventually.True(
            () =>
            {
                _place.Dispose();
                return !Directory.Exists(_place.Path);
            },
            "the browser's profile is gone");
    }
}
