package libspotifytoken;

import java.time.Instant;

/** A token. Its text is a copy in Java's memory. */
public record Token(String accessToken, String authorization, String scope, Instant expiresAt) {
    /** Hides the token from logs. */
    @Override
    public String toString() {
        return "Token[expiresAt=" + expiresAt + "]";
    }
}
