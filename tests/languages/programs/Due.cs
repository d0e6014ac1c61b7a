using System;
using System.Diagnostics;
using System.Threading;
using SpotifyToken;

/// Ends with status 3 when a token that is due for refresh is refreshed in the background by the calls that return it.
public static class Due
{
    public static int Main()
    {
        var clock = Stopwatch.StartNew();
        using (var client = new Client())
        {
            var first = client.Token().AccessToken;
            // The token is due after 2 s and cannot be used after 3.6 s.
            Thread.Sleep(2200);
            while (clock.Elapsed < TimeSpan.FromSeconds(3.4))
            {
                if (client.Token().AccessToken != first)
                    return 3;
                Thread.Sleep(10);
            }
        }
        return 0;
    }
}
