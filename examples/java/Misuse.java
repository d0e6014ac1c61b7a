// What a program must not do, and what then happens: an error in Java's manner, or nothing. Never a crash.

import java.util.Map;
import java.util.concurrent.ForkJoinPool;

/** The program. */
public final class Misuse {
    private Misuse() {}

    public static void main(String[] arguments) throws SpotifyToken.Failure {
        var raw = new SpotifyToken.Raw();
        var pointer = SpotifyToken.LIBRARY.spotify_client_new(null);
        SpotifyToken.LIBRARY.spotify_client_token_into(pointer, raw);
        SpotifyToken.LIBRARY.spotify_token_clear(raw);
        SpotifyToken.LIBRARY.spotify_token_clear(raw);
        SpotifyToken.LIBRARY.spotify_client_free(pointer);
        System.out.println("token cleared twice: " + raw.accessToken);

        var client = new SpotifyToken.Client();
        client.tokenAsync(ForkJoinPool.commonPool()).join();
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
        System.out.println("logger raised: the token came all the same");
    }
}
