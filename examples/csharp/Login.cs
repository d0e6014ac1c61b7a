// Prints the names of the user's playlists. The user logs in once, in a browser; CLIENT_ID names the app, whose redirect URI is
// http://127.0.0.1/callback. Without a browser on this machine, paste the address that it shows in the end.
//
//     mcs -r:SpotifyToken.dll -r:System.Net.Http Login.cs && mono Login.exe

using System;
using System.Collections.Generic;
using System.Net.Http;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;
using SpotifyToken;

public static class Program
{
    private static readonly string Api =
        Environment.GetEnvironmentVariable("SPOTIFY_API_URL") ?? "https://api.spotify.com/v1";

    private static readonly Dictionary<string, string> Options =
        new Dictionary<string, string> { ["grant"] = "user", ["scope"] = "playlist-read-private" };

    private static void TakePasted(Login login)
    {
        for (var line = Console.ReadLine(); line != null; line = Console.ReadLine())
        {
            try
            {
                login.Finish(line);
                return;
            }
            catch (SpotifyException exception)
            {
                Console.Error.WriteLine(exception.Message);
            }
            catch (ObjectDisposedException)
            {
                return;
            }
        }
    }

    private static async Task LogIn()
    {
        using (var login = new Login(Options))
        {
            Console.Error.WriteLine("Open this address in a browser, and agree:\n" + login.Url);
            new Thread(() => TakePasted(login)) { IsBackground = true }.Start();
            await login.WaitAsync();
        }
    }

    private static async Task<Token> GetToken(Client client)
    {
        try
        {
            return await client.TokenAsync();
        }
        catch (SpotifyException exception) when (exception.Code == Login.Required)
        {
        }
        await LogIn();
        return await client.TokenAsync();
    }

    private static async Task<int> Run()
    {
        try
        {
            using (var client = new Client(Options))
            using (var http = new HttpClient())
            {
                http.DefaultRequestHeaders.Add("Authorization", (await GetToken(client)).Authorization);
                var body = await http.GetStringAsync(Api + "/me/playlists");
                // A program would use a JSON library.
                foreach (Match name in Regex.Matches(body, "\"name\"\\s*:\\s*\"([^\"]*)\""))
                    Console.WriteLine(name.Groups[1].Value);
            }
            return 0;
        }
        catch (SpotifyException exception)
        {
            Console.Error.WriteLine(exception.Name + ": " + exception.Message);
        }
        catch (HttpRequestException exception)
        {
            Console.Error.WriteLine("the Web API: " + exception.Message);
        }
        catch (DllNotFoundException exception)
        {
            Console.Error.WriteLine("no library: " + exception.Message);
        }
        return 1;
    }

    public static int Main()
    {
        Console.OutputEncoding = new System.Text.UTF8Encoding(false);
        return Run().GetAwaiter().GetResult();
    }
}
