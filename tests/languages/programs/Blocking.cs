using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using SpotifyToken;

/// Asks a server that never responds, and prints how each call ends.
public static class Blocking
{
    /// Blocks in a call in a thread of its own, and returns how it ends within a second after `end` was called.
    private static string Ended(ManualResetEventSlim blocked, Action call, Action end)
    {
        var how = "blocked for a second more";
        var thread = new Thread(() =>
        {
            try
            {
                call();
                how = "a token";
            }
            catch (Exception exception)
            {
                how = exception.GetType().Name;
            }
        }) { IsBackground = true };
        thread.Start();
        blocked.Wait(20000);
        end();
        thread.Join(1000);
        return how;
    }

    private static void Cancelled(string name, Action<Client, CancellationToken> call)
    {
        var blocked = new ManualResetEventSlim();
        var cancellation = new CancellationTokenSource();
        // Nobody keeps this client but the call.
        Action run = () => call(new Client(null, (level, message) => blocked.Set()), cancellation.Token);
        var how = Ended(blocked, run, () =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            cancellation.Cancel();
        });
        Console.WriteLine(name + how);
    }

    private static WeakReference ClosedWhileItBlocks(out string how)
    {
        var witness = new object();
        var blocked = new ManualResetEventSlim();
        var client = new Client(null, (level, message) =>
        {
            lock (witness)
                blocked.Set();
        });
        how = Ended(blocked, () => client.Token(), client.Dispose);
        return new WeakReference(witness);
    }

    private static void Closed()
    {
        // Mono takes any number on a stack for a reference, so a few objects outlive their last one.
        const int times = 10;
        var witnesses = new WeakReference[times];
        var how = "";
        for (var i = 0; i < times; i++)
            witnesses[i] = ClosedWhileItBlocks(out how);
        Console.WriteLine("closed: " + how);
        var alive = times;
        for (var i = 0; i < 200 && alive > times / 2; i++)
        {
            GC.Collect();
            Thread.Sleep(10);
            alive = witnesses.Count(witness => witness.IsAlive);
        }
        Console.WriteLine("logger collected: " + (alive > times / 2 ? "no" : "yes"));
    }

    public static void Main()
    {
        Cancelled("interrupted: ", (client, cancellation) => client.Token(cancellation));
        Cancelled("interrupted: ", (client, cancellation) => client.TokenAsync(cancellation).GetAwaiter().GetResult());
        Closed();
        try
        {
            new Client(new Dictionary<string, string> { { "timeout_ms", "50\0" + "00" } }).Dispose();
        }
        catch (SpotifyException exception)
        {
            Console.WriteLine("NUL: " + exception.Name);
        }
    }
}
