// Prints the name of an artist. Credentials come from CLIENT_ID and CLIENT_SECRET, or from .env.
//
//     mcs -r:SpotifyToken.dll -r:System.Net.Http -r:System.Runtime.Serialization Artist.cs && mono Artist.exe

using System;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Runtime.Serialization;
using System.Runtime.Serialization.Json;
using System.Threading.Tasks;
using SpotifyToken;

[DataContract]
public sealed class Artist
{
    [DataMember(Name = "name")] public string Name { get; set; }
}

public static class Program
{
    private const string ArtistId = "0TnOYISbd1XYRBk9myaseg";

    private static readonly string Api =
        Environment.GetEnvironmentVariable("SPOTIFY_API_URL") ?? "https://api.spotify.com/v1";

    private static readonly HttpClient Http = new HttpClient();

    private static Task<HttpResponseMessage> Get(string url, Token token)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Add("Authorization", token.Authorization);
        return Http.SendAsync(request);
    }

    private static async Task<Artist> GetArtist(Client client, string id)
    {
        var url = Api + "/artists/" + id;
        var token = await client.TokenAsync();
        var response = await Get(url, token);
        if (response.StatusCode == HttpStatusCode.Unauthorized)
        {
            // The token was revoked before it expired: try once more with a new one.
            client.Invalidate(token);
            response = await Get(url, await client.TokenAsync());
        }
        response.EnsureSuccessStatusCode();
        using (Stream body = await response.Content.ReadAsStreamAsync())
            return (Artist)new DataContractJsonSerializer(typeof(Artist)).ReadObject(body);
    }

    private static async Task<int> Run()
    {
        try
        {
            using (var client = new Client())
                Console.WriteLine((await GetArtist(client, ArtistId)).Name);
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

    public static int Main() => Run().GetAwaiter().GetResult();
}
