using System;
using System.IO;
using System.Linq;
using Xunit;

namespace ProcessDedup.Tests.Messages;

public sealed class MessageSnapshotTests
{
    [Fact]
    public void The_messages_are_those_of_the_snapshot()
    {
        string found = MessageList.Render();
        string expected = File.Exists(MessageList.File) ? File.ReadAllText(MessageList.File).ReplaceLineEndings("\n") : string.Empty;
        if (found == expected)
            return;
        if (Environment.GetEnvironmentVariable("PROCESSDEDUP_ACCEPT_MESSAGES") == "1")
        {
            File.WriteAllText(MessageList.File, found);
            return;
        }

        string[] before = expected.Split('\n');
        string[] after = found.Split('\n');
        string changes = string.Join('\n', before.Except(after).Select(l => "- " + l).Concat(after.Except(before).Select(l => "+ " + l)));
        Assert.Fail(
            $"The messages differ from messages.snapshot.txt:\n{changes}\nIf that is meant, run this test with PROCESSDEDUP_ACCEPT_MESSAGES=1, "
            + "read the change of the file and commit it.");
    }
}
