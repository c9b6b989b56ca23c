using System;
using System.Threading;

namespace ProcessDedup.LockPeer;

/// <summary>Given by the next line of standard input, or its end.</summary>
internal sealed class OrderToEnd
{
    private volatile bool _isGiven;

    public OrderToEnd()
    {
        var reader = new Thread(() =>
        {
            Console.In.ReadLine();
            _isGiven = true;
        })
        { IsBackground = true };
        reader.Start();
    }

    public bool IsGiven => _isGiven;
}
