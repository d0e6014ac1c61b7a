using System;
using System.Threading;
using SpotifyToken;

/// Ends with status 3 while a thread waits for the browser. With an argument by Environment.Exit.
public static class LoginEnds
{
    private static void Wait(Login login)
    {
        try
        {
            login.Wait();
        }
        catch (SpotifyException) { }
        catch (ObjectDisposedException) { }
    }

    public static int Main(string[] arguments)
    {
        var login = new Login(null, (level, message) => { }, refreshToken => { });
        new Thread(() => Wait(login)) { IsBackground = true }.Start();
        Thread.Sleep(200);
        if (arguments.Length > 0)
            Environment.Exit(3);
        return 3;
    }
}
