using System.Diagnostics;
using System.IO;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fetch.Git;

/// <summary>A real repository in a test's directory.</summary>
internal sealed class TestRepository
{
    public TestRepository(TestDirectory place, string name = "source", params string[] options)
    {
        Path = place.NewDirectory(name);
        Git(["init", "--quiet", "--initial-branch=main", "--template=", .. options]);
        Git("config", "uploadpack.allowAnySHA1InWant", "true");
    }

    public string Path { get; }

    /// <summary>git+file:///…</summary>
    public string Address => "git+file://" + Path;

    public string Head => Git("rev-parse", "HEAD");

    /// <summary>Writes a file and commits it; gives the commit.</summary>
    public string Commit(string file, string content)
    {
        string path = System.IO.Path.Combine(Path, file);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return CommitAll();
    }

    public string CommitAll()
    {
        Git("add", "--all");
        Git("commit", "--quiet", "--message", "change");
        return Head;
    }

    public string Git(params string[] arguments) => Run(Path, arguments);

    public static string Run(string directory, params string[] arguments)
    {
        var start = new ProcessStartInfo("git", arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (string who in new[] { "AUTHOR", "COMMITTER" })
        {
            start.Environment[$"GIT_{who}_NAME"] = "Somebody";
            start.Environment[$"GIT_{who}_EMAIL"] = "somebody@example.org";
            start.Environment[$"GIT_{who}_DATE"] = "2024-01-01T00:00:00Z";
        }

        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        using Process git = Programs.Start(start);
        System.Threading.Tasks.Task<string> errors = git.StandardError.ReadToEndAsync();
        string output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        Assert.True(git.ExitCode == 0, $"git {string.Join(' ', arguments)}: {errors.Result}");
        return output.Trim();
    }
}
