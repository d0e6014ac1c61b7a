package libspotifytoken;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** From the struct of the library to a token or a failure. */
final class Results {
    private Results() {}

    /** Copies what the library has filled in, and releases it. */
    static Token take(Raw raw) throws Failure {
        try {
            if (raw.errorCode != 0) {
                throw new Failure(raw.errorCode, Text.of(raw.errorMessage), raw.httpStatus,
                    Text.of(Functions.LIBRARY.spotify_token_oauth_error(raw)), Duration.ofSeconds(Functions.LIBRARY.spotify_token_retry_after(raw)));
            }
            return new Token(Text.of(raw.accessToken), Text.of(Functions.LIBRARY.spotify_token_authorization(raw)), Text.of(raw.scope),
                Instant.ofEpochSecond(Math.min(raw.expiresAt, Instant.MAX.getEpochSecond())));
        } finally {
            Functions.LIBRARY.spotify_token_clear(raw);
        }
    }

    static void complete(CompletableFuture<Token> future, Raw raw) {
        try {
            future.complete(take(raw));
        } catch (Failure | RuntimeException exception) {
            future.completeExceptionally(exception);
        }
    }

    /** Waits for a token, and throws what it has failed with. */
    static Token of(CompletableFuture<Token> future) throws Failure, InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException exception) {
            if (exception.getCause() instanceof Failure failure) {
                throw failure;
            }
            throw new IllegalStateException(exception.getCause().getMessage(), exception);
        }
    }
}
