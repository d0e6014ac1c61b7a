// Does what a program must not do. The result is an exception or nothing, and never a crash.
//
//     mcs -r:SpotifyToken.dll Misuse.cs && mono Misuse.exe

using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using SpotifyToken;

public static class Program
{
    private const string Library = "libspotify_token.so.0";

    [DllImport(Library)] private static extern IntPtr spotify_client_new(IntPtr config);
    [DllImport(Library)] private static extern int spotify_client_token_into(IntPtr client, byte[] token);
    [DllImport(Library)] private static extern void spotify_token_clear(byte[] token);
    [DllImport(Library)] private static extern void spotify_client_free(IntPtr client);

    /// Calls C without the package, and returns the token's text after that.
    private static long ClearTwice()
    {
        var token = new byte[64];
        var client = spotify_client_new(IntPtr.Zero);
        spotify_client_token_into(client, token);
        spotify_token_clear(token);
        spotify_token_clear(token);
        spotify_client_free(client);
        return BitConverter.ToInt64(token, 0);
    }

    public static void Main()
    {
        Console.WriteLine("token cleared twice: " + ClearTwice());

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
