using System;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using ProcessDedup.Fetch;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fetch.Forges;

/// <summary>The three forges as far as they are asked: commits of branches, and archives of commits made by tar.</summary>
internal sealed class FakeForge(TestDirectory place, Origin origin)
{
    private int _archives;

    public static string Sha(char digit) => new(digit, 40);

    public ForgeUrls Urls { get; } = new()
    {
        GitHub = new Uri(origin.Root, "github/"),
        GitHubApi = new Uri(origin.Root, "api"),
        GitLab = new Uri(origin.Root, "gitlab"),
        Sourcehut = new Uri(origin.Root, "srht"),
    };

    public FetchRequest Request(string address) => new(address) { Forges = Urls };

    /// <summary>GitHub's answer, which may be validated and may want a token.</summary>
    public string Branch(string name, string commit, string? token = null) => origin.Handle(
        "/api/repos/owner/repo/commits/" + name,
        context =>
        {
            HttpResponse response = context.Response;
            if (token is not null && context.Request.Headers.Authorization != "Bearer " + token)
            {
                response.StatusCode = 404;
                return Task.CompletedTask;
            }

            response.Headers.ETag = $"\"{commit}\"";
            if (context.Request.Headers.IfNoneMatch == $"\"{commit}\"")
            {
                response.StatusCode = 304;
                return Task.CompletedTask;
            }

            bool isShort = context.Request.Headers.Accept == "application/vnd.github.sha";
            return response.WriteAsync(isShort ? commit : $"{{\"sha\":\"{commit}\"}}");
        });

    public OriginFile Archive(string path, string content) => origin.Serve(path, TarGz(content));

    /// <summary>"repo-COMMIT/a.txt", as forges pack it.</summary>
    public byte[] TarGz(string content, Action<string>? more = null)
    {
        string top = "repo-" + ++_archives;
        string directory = place.NewDirectory(top);
        Directory.CreateDirectory(Path.Combine(directory, "src"));
        File.WriteAllText(Path.Combine(directory, "src", "a.txt"), content);
        more?.Invoke(directory);
        string file = place.File(top + ".tar.gz");
        using (Process tar = Programs.Start(new ProcessStartInfo("tar", ["-czf", file, "-C", place.Path, top])))
        {
            tar.WaitForExit();
            Assert.Equal(0, tar.ExitCode);
        }

        return File.ReadAllBytes(file);
    }

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
