using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading.Tasks;

namespace ProcessDedup.Tour;

/// <summary>Five processes want to start one build; exactly one may.</summary>
internal static class OneClaim
{
    private const int Processes = 5;

    public static async Task PlayAsync(Stage stage)
    {
        Screen screen = stage.Screen;
        screen.Scene("One claim", $"{Processes} processes find build 4711 in a queue. One of them may start it.");
        screen.PowerShellCommand("if ((Add-Claim builds 4711).Outcome -eq 'Won') { Start-Build 4711 }");
        Job[] jobs = [.. Enumerable.Range(0, Processes).Select(_ => stage.PowerShellJson("Add-Claim builds 4711"))];

        screen.Say();
        List<Job> winners = [];
        List<int> named = [];
        foreach (Job job in jobs)
        {
            JsonNode claim = await job.ReadJsonAsync(stage.Token);
            int owner = (int)claim["owner"]!["processId"]!;
            if ((string)claim["outcome"]! == "Won")
                winners.Add(job);
            else
                named.Add(owner);
            screen.Tell(job, (string)claim["outcome"]! == "Won" ? "won: starts the build" : $"lost to PID {owner}");
        }

        screen.Say();
        screen.Check(winners.Count == 1, $"{winners.Count} of {Processes} won");
        screen.Check(winners is [Job winner] && named.Count == Processes - 1 && named.All(p => p == winner.Id), "the others were told who did");
    }
}
