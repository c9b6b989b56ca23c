using System;
using System.Diagnostics;
using System.IO;

namespace ProcessDedup.Tour;

/// <summary>What the tour prints, for a terminal of 80 columns or a file; counts the checks.</summary>
internal sealed class Screen : IDisposable
{
    private const int Width = 78;

    private readonly TextWriter _output = Console.Out;

    private readonly bool _coloured = !Console.IsOutputRedirected
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") != "dumb";

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private int _scenes, _held, _failed;

    /// <summary>Time in the scenes begins to count.</summary>
    public void Begin() => _clock.Restart();

    /// <summary>The heading of the next scene, and what happens in it.</summary>
    public void Scene(string title, string story)
    {
        _scenes++;
        string heading = $"{_scenes}. {title} ";
        _output.WriteLine();
        Write(ConsoleColor.Cyan, heading + new string('-', Width - heading.Length));
        _output.WriteLine(story);
        _output.WriteLine();
    }

    /// <summary>A command as one would type it in PowerShell.</summary>
    public void PowerShellCommand(string command) => Write(ConsoleColor.Yellow, "   PS> " + command);

    /// <summary>A command as one would type it in any other shell.</summary>
    public void ShellCommand(string command) => Write(ConsoleColor.Yellow, "   $   " + command);

    /// <summary>What a process did.</summary>
    public void Tell(Job job, string what) => Say($"   {job.Program,-9} {job.Id,7}  {what}");

    /// <summary>Text that a process has printed itself; what is too long goes on in the next line.</summary>
    public void Quote(string text)
    {
        const string Indent = "     ";
        int room = Width - Indent.Length;
        foreach (string line in text.Split('\n', StringSplitOptions.TrimEntries))
        {
            string rest = line;
            while (rest.Length > room)
            {
                int space = rest.LastIndexOf(' ', room);
                int end = space > 0 ? space : room;
                Write(ConsoleColor.DarkGray, Indent + rest[..end]);
                rest = rest[end..].TrimStart();
            }

            Write(ConsoleColor.DarkGray, Indent + rest);
        }
    }

    public void Say(string line = "") => _output.WriteLine(line);

    /// <summary>Something that must be so.</summary>
    public void Check(bool holds, string what)
    {
        if (holds)
        {
            _held++;
            Write(ConsoleColor.Green, "   ok  ", what);
            return;
        }

        _failed++;
        Write(ConsoleColor.Red, "   FAILED  ", what);
    }

    /// <summary>Why the tour cannot go on.</summary>
    public void Fail(string message)
    {
        _failed++;
        Console.Error.WriteLine("tour.cs: " + message);
    }

    /// <summary>The last line, and the tour's exit code.</summary>
    public int Conclude()
    {
        _output.WriteLine();
        string counts = $"{_held} of {_held + _failed} checks held, in {_clock.Elapsed.TotalSeconds:0} s.";
        Write(_failed == 0 ? ConsoleColor.Green : ConsoleColor.Red, counts);
        _output.WriteLine("Try it yourself: dotnet run tour.cs -- shell");
        return _failed == 0 ? 0 : 1;
    }

    public void Dispose()
    {
        if (_coloured)
            Console.ResetColor();
    }

    private void Write(ConsoleColor colour, string coloured, string plain = "")
    {
        if (_coloured)
            Console.ForegroundColor = colour;
        _output.Write(coloured);
        if (_coloured)
            Console.ResetColor();
        _output.WriteLine(plain);
    }
}
