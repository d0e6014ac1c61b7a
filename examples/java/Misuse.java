// Does what a program must not do. The result is an exception or nothing, and never a crash.

import java.util.Map;

/** The program. */
public final class Misuse {
    private Misuse() {}

    public static void main(String[] arguments) throws SpotifyToken.Failure, InterruptedException {
        var raw = new SpotifyToken.Raw();
        var pointer = SpotifyToken.LIBRARY.spotify_client_new(null);
        SpotifyToken.LIBRARY.spotify_client_token_into(pointer, raw);
        SpotifyToken.LIBRARY.spotify_token_clear(raw);
        SpotifyToken.LIBRARY.spotify_token_clear(raw);
        SpotifyToken.LIBRARY.spotify_client_free(pointer);
        System.out.println("token cleared twice: " + raw.accessToken);

        var client = new SpotifyToken.Client();
        client.tokenAsync().join();
        client.close();
        client.close();
        System.out.println("client closed twice: nothing happens");

        try {
            client.token();
        } catch (IllegalStateException exception) {
            System.out.println("used after close: " + exception.getMessage());
        }

        try {
            new SpotifyToken.Client(Map.of("timeout_ms", "soon"), null);
        } catch (SpotifyToken.Failure failure) {
            System.out.println("bad option: " + failure.name());
        }

        try (var noisy = new SpotifyToken.Client(Map.of(), (level, message) -> {
            throw new IllegalArgumentException("thrown by the logger");
        })) {
            noisy.token();
        }
        System.out.println("logger raised: there is a token all the same");
    }
}
