// Prints the names of the user's playlists. The user logs in once, in a browser; CLIENT_ID names the app, whose redirect URI is
// http://127.0.0.1/callback. Without a browser on this machine, paste the address that it shows in the end.
//
//     javac -cp libspotify-token.jar:jna.jar *.java && java -cp libspotify-token.jar:jna.jar:. Login

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Pattern;
import libspotifytoken.Client;
import libspotifytoken.Failure;
import libspotifytoken.Token;

/** The program. */
public final class Login {
    private static final String API = System.getenv().getOrDefault("SPOTIFY_API_URL", "https://api.spotify.com/v1");
    private static final Map<String, String> OPTIONS = Map.of("grant", "user", "scope", "playlist-read-private");

    // Java has no JSON of its own; a program would use Jackson or Gson.
    private static final Pattern NAME = Pattern.compile("\"name\"\\s*:\\s*\"([^\"]*)\"");

    private Login() {}

    private static void takePasted(libspotifytoken.Login login) {
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try {
            for (var line = input.readLine(); line != null; line = input.readLine()) {
                try {
                    login.finish(line);
                    return;
                } catch (Failure failure) {
                    System.err.println(failure.getMessage());
                }
            }
        } catch (IOException | IllegalStateException exception) {
            // The login has ended.
        }
    }

    private static void logIn() throws Failure, InterruptedException {
        try (var login = new libspotifytoken.Login(OPTIONS)) {
            System.err.println("Open this address in a browser, and agree:\n" + login.url());
            var pasting = new Thread(() -> takePasted(login));
            pasting.setDaemon(true);
            pasting.start();
            login.await(null);
        }
    }

    private static Token token(Client client) throws Failure, InterruptedException {
        try {
            return client.token();
        } catch (Failure failure) {
            if (failure.code() != Failure.LOGIN_REQUIRED) {
                throw failure;
            }
        }
        logIn();
        return client.token();
    }

    private static void fail(String message) {
        System.err.println(message);
        System.exit(1);
    }

    public static void main(String[] arguments) throws InterruptedException {
        try (var client = new Client(OPTIONS, null)) {
            var request = HttpRequest.newBuilder(URI.create(API + "/me/playlists"))
                .header("Authorization", token(client).authorization()).build();
            var response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new IOException("the Web API responded with " + response.statusCode());
            }
            var output = new PrintStream(System.out, true, StandardCharsets.UTF_8);
            NAME.matcher(response.body()).results().forEach(name -> output.println(name.group(1)));
        } catch (Failure failure) {
            fail(failure.name() + ": " + failure.getMessage());
        } catch (IOException exception) {
            fail("the Web API: " + exception.getMessage());
        } catch (UnsatisfiedLinkError error) {
            fail("no library: " + error.getMessage());
        }
    }
}
