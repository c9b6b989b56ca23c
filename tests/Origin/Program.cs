using System;
using ProcessDedup.OriginProgram;
using ProcessDedup.Tests.Harness;

// An HTTP origin for tests in other languages. It prints its address, and then one line for each line that it is given;
// it ends when there are no more.
using var origin = new Origin();
var orders = new OriginOrders(origin);
Console.Out.WriteLine(origin.Root.AbsoluteUri.TrimEnd('/'));
while (Console.In.ReadLine() is { } line)
{
    try
    {
        Console.Out.WriteLine(orders.Obey(line));
    }
    catch (Exception e) when (e is ArgumentException or FormatException or InvalidOperationException or TimeoutException or System.IO.IOException)
    {
        Console.Out.WriteLine("ERROR " + e.Message.ReplaceLineEndings(" "));
    }
}
