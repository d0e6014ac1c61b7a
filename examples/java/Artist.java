// Prints the name of an artist. Credentials come from CLIENT_ID and CLIENT_SECRET, or from .env.
//
//     javac -cp libspotify-token.jar:jna.jar *.java && java -cp libspotify-token.jar:jna.jar:. Artist

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.regex.Pattern;
import libspotifytoken.Client;
import libspotifytoken.Failure;
import libspotifytoken.Token;

/** The program. */
public final class Artist {
    private static final String API = System.getenv().getOrDefault("SPOTIFY_API_URL", "https://api.spotify.com/v1");
    private static final String ARTIST = "0TnOYISbd1XYRBk9myaseg";

    // Java has no JSON of its own; a program would use Jackson or Gson.
    private static final Pattern NAME = Pattern.compile("\"name\"\\s*:\\s*\"([^\"]*)\"");

    private Artist() {}

    private static HttpResponse<String> get(HttpClient http, String url, Token token)
        throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(url)).header("Authorization", token.authorization()).build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static String artistName(Client client, String artist)
        throws Failure, IOException, InterruptedException {
        var http = HttpClient.newHttpClient();
        var url = API + "/artists/" + artist;
        var token = client.token();
        var response = get(http, url, token);
        if (response.statusCode() == 401) {
            // The token was revoked before it expired: try once more with a new one.
            client.invalidate(token);
            response = get(http, url, client.token());
        }
        if (response.statusCode() != 200) {
            throw new IOException("the Web API responded with " + response.statusCode());
        }
        var name = NAME.matcher(response.body());
        if (!name.find()) {
            throw new IOException("the Web API's response has no name");
        }
        return name.group(1);
    }

    private static void fail(String message) {
        System.err.println(message);
        System.exit(1);
    }

    public static void main(String[] arguments) throws InterruptedException {
        try (var client = new Client()) {
            System.out.println(artistName(client, ARTIST));
        } catch (Failure failure) {
            fail(failure.name() + ": " + failure.getMessage());
        } catch (IOException exception) {
            fail("the Web API: " + exception.getMessage());
        } catch (UnsatisfiedLinkError error) {
            fail("no library: " + error.getMessage());
        }
    }
}
