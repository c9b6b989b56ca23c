using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading.Tasks;

namespace ProcessDedup.Tour;

/// <summary>What all that has saved, as ProcessDedup itself has counted it, and a page about it.</summary>
internal static class Balance
{
    public static async Task DrawAsync(Stage stage)
    {
        Screen screen = stage.Screen;
        string page = Path.Combine(stage.Output, "tour-report.html");
        screen.Scene("The balance", "What ProcessDedup has counted meanwhile, and who waited for whom as a page.");
        screen.PowerShellCommand("Get-DedupStatistic");
        screen.PowerShellCommand("Export-DedupReport output/tour-report.html");
        Job report = stage.PowerShell($"Export-DedupReport {PowerShell.Quote(page)}");
        JsonNode statistic = await stage.PowerShellJson("Get-DedupStatistic").ReadJsonAsync(stage.Token);
        await report.ReadToEndAsync(stage.Token);
        JsonArray locks = await stage.LocksAsync();

        int answers = (int)statistic["answers"]!, produced = (int)statistic["produced"]!;
        screen.Say();
        screen.Say($"   {answers} requests, {produced} pieces of work done, {(int)statistic["waits"]!} waited for, {(int)statistic["hits"]!} found done");
        screen.Say($"   {OneDownload.Size((long)statistic["bytesTransferred"]!)} transferred, {OneDownload.Size((long)statistic["bytesSaved"]!)} saved");
        screen.Say($"   the page: {Path.GetRelativePath(Environment.CurrentDirectory, page)}");
        screen.Say();
        // A download, a version and a migration.
        const int Requests = OneDownload.Requests + OneResult.Requests, Work = 3;
        screen.Check(answers == Requests && produced == Work, $"the statistics agree with what was seen: {Requests} requests, {Work} times work");
        screen.Check((await File.ReadAllTextAsync(page, stage.Token)).Contains("tool.zip", StringComparison.Ordinal), "the page tells of the download");
        screen.Check(locks.All(l => (string)l!["state"]! == "Free"), "nobody holds a lock any more");
    }
}
