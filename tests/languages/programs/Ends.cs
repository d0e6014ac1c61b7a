using System;
using System.Threading;
using SpotifyToken;

/// Ends with status 3 while threads use clients and the library calls a logger.
public static class Ends
{
    private static void Use(Client client)
    {
        try
        {
            while (true)
                client.Invalidate(client.Token());
        }
        catch (SpotifyException) { }
        catch (ObjectDisposedException) { }
    }

    public static int Main()
    {
        var quiet = new Client();
        var talking = new Client(null, (level, message) => { });
        for (var i = 0; i < 8; i++)
        {
            var client = i % 2 == 0 ? quiet : talking;
            new Thread(() => Use(client)) { IsBackground = true }.Start();
        }
        Thread.Sleep(100);
        return 3;
    }
}
