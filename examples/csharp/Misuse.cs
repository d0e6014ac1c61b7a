// Does what a program must not do. The result is an exception or nothing, and never a crash.
//
//     mcs Misuse.cs SpotifyToken.cs && mono Misuse.exe

using System;
using System.Collections.Generic;
using SpotifyToken;

public static class Program
{
    public static void Main()
    {
        using (var config = Native.spotify_config_new())
        using (var handle = Native.spotify_client_new(config))
        {
            var raw = new Raw();
            Native.spotify_client_token_into(handle, ref raw);
            Native.spotify_token_clear(ref raw);
            Native.spotify_token_clear(ref raw);
            Console.WriteLine("token cleared twice: " + raw.AccessToken);
        }

        var client = new Client();
        client.Token();
        client.Dispose();
        client.Dispose();
        Console.WriteLine("client closed twice: nothing happens");

        try
        {
            client.Token();
        }
        catch (ObjectDisposedException exception)
        {
            Console.WriteLine("used after close: " + exception.GetType().Name);
        }

        try
        {
            new Client(new Dictionary<string, string> { { "timeout_ms", "soon" } }).Dispose();
        }
        catch (SpotifyException exception)
        {
            Console.WriteLine("bad option: " + exception.Name);
        }

        using (var noisy = new Client(logger: (level, message) => { throw new InvalidOperationException("from the logger"); }))
            noisy.Token();
        Console.WriteLine("logger raised: there is a token all the same");
    }
}
