using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Text;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using ProcessDedup.Tests.Harness;

namespace ProcessDedup.Tests.Fetch.Git;

/// <summary>A repository by smart HTTP: git's own http-backend behind the origin, which counts and may want a login.</summary>
internal sealed class GitServer
{
    private const string Refs = "/source/info/refs";
    private const string Pack = "/source/git-upload-pack";

    private readonly Origin _origin;
    private readonly string _root;

    public GitServer(Origin origin, TestDirectory place)
    {
        _origin = origin;
        _root = place.Path;
        Address = "git+" + origin.Handle(Refs, AnswerAsync).Replace("/info/refs", string.Empty);
        origin.Handle(Pack, AnswerAsync);
    }

    /// <summary>git+http://127.0.0.1:PORT/source</summary>
    public string Address { get; }

    /// <summary>"user:password"; null lets everybody in.</summary>
    public string? Login { get; set; }

    /// <summary>A header that must be there; null lets everybody in.</summary>
    public string? Token { get; set; }

    /// <summary>Each fetch and each ls-remote asks for this once, if it is let in at once.</summary>
    public int Visits => _origin.Count(Refs);

    private async Task AnswerAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        if ((Login is not null && request.Headers.Authorization != "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(Login)))
            || (Token is not null && request.Headers["X-Token"] != Token))
        {
            context.Response.StatusCode = 401;
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"test\"";
            return;
        }

        var start = new ProcessStartInfo("git", ["http-backend"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.Environment["GIT_PROJECT_ROOT"] = _root;
        start.Environment["GIT_HTTP_EXPORT_ALL"] = "1";
        start.Environment["PATH_INFO"] = request.Path.Value!.Replace("/source/", "/source/.git/");
        start.Environment["QUERY_STRING"] = request.QueryString.Value!.TrimStart('?');
        start.Environment["REQUEST_METHOD"] = request.Method;
        start.Environment["CONTENT_TYPE"] = request.ContentType ?? string.Empty;
        start.Environment["HTTP_CONTENT_ENCODING"] = request.Headers.ContentEncoding.ToString();
        start.Environment["GIT_PROTOCOL"] = request.Headers["Git-Protocol"].ToString();
        using Process backend = Programs.Start(start);
        var input = new MemoryStream();
        await request.Body.CopyToAsync(input);
        await backend.StandardInput.BaseStream.WriteAsync(input.ToArray());
        backend.StandardInput.Close();
        var output = new MemoryStream();
        await backend.StandardOutput.BaseStream.CopyToAsync(output);
        byte[] answer = output.ToArray();
        int end = answer.AsSpan().IndexOf("\r\n\r\n"u8);
        foreach (string line in Encoding.ASCII.GetString(answer, 0, end).Split("\r\n"))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            string value = line[(colon + 1)..].Trim();
            if (line.StartsWith("Status:", StringComparison.Ordinal))
                context.Response.StatusCode = int.Parse(value.Split(' ')[0], CultureInfo.InvariantCulture);
            else
                context.Response.Headers[line[..colon]] = value;
        }

        await context.Response.Body.WriteAsync(answer.AsMemory(end + 4));
    }
}
