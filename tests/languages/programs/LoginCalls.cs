using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;
using SpotifyToken;

/// Prints how each way to log in ends, as tests/languages/login_calls.rs wants it.
public static class LoginCalls
{
    private static void Row(string name, params string[] values) =>
        Console.WriteLine(name + ": " + string.Join(", ", values));

    /// Says how a call ends.
    private static string How(Action call)
    {
        try
        {
            call();
            return "done";
        }
        catch (SpotifyException exception)
        {
            return (exception.Name + " " + exception.OAuthError).TrimEnd();
        }
        catch (ObjectDisposedException)
        {
            return "closed";
        }
    }

    private static string Message(string pattern, Action call)
    {
        try
        {
            call();
            return "done";
        }
        catch (SpotifyException exception)
        {
            return Regex.Match(exception.Message, pattern).Value;
        }
    }

    private static Dictionary<string, string> User(params string[] options)
    {
        var all = new Dictionary<string, string> { ["grant"] = "user", ["scope"] = "playlist-read-private" };
        for (var i = 0; i < options.Length; i += 2)
            all[options[i]] = options[i + 1];
        return all;
    }

    private static Login Begin(params string[] options) => new Login(User(options));

    /// Asks a new client, which has no error in its memory.
    private static Token GetToken(Action<string> keeper, params string[] options)
    {
        using (var client = new Client(User(options), null, keeper))
            return client.Token();
    }

    /// Asks the test to play the browser while this program waits.
    private static void Browser(string action, Login login) => Console.WriteLine(action + " " + login.Url);

    /// Asks the test for the address that the browser shows in the end.
    private static string Address(Login login)
    {
        Browser("agree", login);
        return Console.ReadLine();
    }

    private static string Same(Token one, string other) => one.AccessToken == other ? "same token" : "another token";

    /// Waits for the browser in another thread, which is in C when this returns.
    private static Task<Token> Waiting(Login login)
    {
        var waiting = login.WaitAsync();
        Thread.Sleep(100);
        return waiting;
    }

    private static string GivenUp(Login login)
    {
        var cancellation = new CancellationTokenSource(100);
        var waited = Stopwatch.StartNew();
        try
        {
            login.Wait(null, cancellation.Token);
            return "done";
        }
        catch (OperationCanceledException)
        {
            return waited.Elapsed < TimeSpan.FromSeconds(5) ? "at once" : "late";
        }
    }

    public static void Main()
    {
        Console.OutputEncoding = new UTF8Encoding(false);
        Row("not logged in", How(() => GetToken(null)));
        Row("bad option", How(() => GetToken(null, "redirect_uri", "http://localhost/callback")));
        Row("NUL in a name", How(() => GetToken(null, "account\0", "x")));
        Row("NUL in a value", How(() => GetToken(null, "account", "a\0b")));
        Begin("account", null).Dispose();
        Row("option without a value", "ignored");
        Action nowhere = () => Begin("logins", "file:/dev/null/\u00fc");
        Row("cannot begin", How(nowhere), "names " + Message("/dev/null/\\p{L}", nowhere));

        var login = Begin();
        Action soon = () => login.Wait(TimeSpan.FromMilliseconds(250));
        Row("time is up", How(soon) + " " + Message("within \\d+ ms", soon));
        Row("time was up before", How(() => login.Wait(TimeSpan.FromSeconds(-1))));
        Row("given up", GivenUp(login));
        Row("empty line", How(() => login.Finish("\n")));
        Row("NUL in the address", How(() => login.Finish("a\0b")));
        Row("address in another alphabet", How(() => login.Finish("\u00fc")));
        Row("wrong state", How(() => login.Finish("http://127.0.0.1/callback?code=x&state=y")));

        Browser("browse", login);
        var first = login.Wait();
        Row("browser", first.Scope);
        if (new[] { login.Wait(TimeSpan.MaxValue), login.Finish("x") }.All(token => token.AccessToken == first.AccessToken))
            Row("finished", "waits again", "pastes again");
        login.Dispose();
        login.Dispose();
        login.Cancel();
        Row("closed twice", How(() => login.Wait()), How(() => login.Finish("x")));
        Row("client", Same(GetToken(null), first.AccessToken));
        var start = new ProcessStartInfo("spotify-token", "token --user") { UseShellExecute = false, RedirectStandardOutput = true };
        using (var other = Process.Start(start))
            Row("other process", Same(first, other.StandardOutput.ReadToEnd().Trim()));
        Row("lacks a scope", How(() => GetToken(null, "scope", "user-library-read")));
        Ends();
        KeepRefreshTokens();
    }

    private static void Ends()
    {
        using (var login = Begin())
        {
            var waiting = Waiting(login);
            var token = login.Finish(Address(login) + "\n");
            Row("pasted", token.Scope);
            Row("pasted while it waits", Same(waiting.Result, token.AccessToken));
        }
        using (var login = Begin())
        {
            Browser("decline", login);
            Row("declined", How(() => login.Wait()));
        }
        using (var login = Begin())
        {
            var waiting = Waiting(login);
            login.Cancel();
            Row("cancelled while it waits", How(() => waiting.GetAwaiter().GetResult()), How(() => login.Wait()));
        }
        var closed = Begin();
        var ended = Waiting(closed);
        closed.Dispose();
        var end = How(() => ended.GetAwaiter().GetResult());
        Row("closed while it waits", end == "closed" || end == "SPOTIFY_ERROR_CANCELLED" ? "ended" : end);
        Action logout = () => Login.Logout(User());
        Row("logout", How(logout), How(logout), How(() => GetToken(null)));
    }

    private static void KeepRefreshTokens()
    {
        var kept = new List<string>();
        Action<string> keeper = refreshToken =>
        {
            kept.Add(refreshToken);
            throw new InvalidOperationException("from the keeper");
        };
        using (var login = new Login(User(), null, keeper))
            login.Finish(Address(login));
        Row("kept", kept.Count.ToString(), How(() => GetToken(null)));
        GetToken(keeper, "refresh_token", kept[0]);
        Row("rotated", kept.Count.ToString(), kept[0] == kept[1] ? "the same" : "another");

        // Mono takes any number on a stack for a reference, so a few objects outlive their last one.
        const int times = 10;
        var latest = kept[1];
        var keepers = new WeakReference[times];
        for (var i = 0; i < times; i++)
            latest = KeepAndForget(latest, out keepers[i]);
        var alive = times;
        for (var i = 0; i < 200 && alive > times / 2; i++)
        {
            GC.Collect();
            Thread.Sleep(10);
            alive = keepers.Count(one => one.IsAlive);
        }
        Row("function that kept them", alive > times / 2 ? "kept" : "collected");
    }

    /// Refreshes, and returns the refresh token that was issued. A login and a client used the same function.
    private static string KeepAndForget(string refreshToken, out WeakReference forgotten)
    {
        var kept = new List<string>();
        Action<string> keeper = kept.Add;
        new Login(User(), null, keeper).Dispose();
        GetToken(keeper, "refresh_token", refreshToken);
        forgotten = new WeakReference(keeper);
        return kept[0];
    }
}
