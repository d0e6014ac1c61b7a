package libspotifytoken;

import java.time.Duration;

/** Says why there is no token. */
public final class Failure extends Exception {
    /** The code of the failure that an argument or an option is invalid. */
    public static final int INVALID_ARGUMENT = 1;
    /** The code of the failure that the time ran out: the call can be made again. */
    public static final int TIMEOUT = 13;
    /** The code of the failure that the user has to log in. */
    public static final int LOGIN_REQUIRED = 25;
    /** The code of the failure that no token is cached. */
    static final int NOT_CACHED = 40;

    private static final long serialVersionUID = 1;
    private final int code;
    private final int httpStatus;
    private final String oauthError;
    private final Duration retryAfter;

    Failure(int code, String message, int httpStatus, String oauthError, Duration retryAfter) {
        super(message);
        this.code = code;
        this.httpStatus = httpStatus;
        this.oauthError = oauthError;
        this.retryAfter = retryAfter;
    }

    /** One of SPOTIFY_ERROR_*. */
    public int code() {
        return code;
    }

    /** The name of that constant. */
    public String name() {
        return Text.of(Functions.LIBRARY.spotify_error_name(code));
    }

    /** Status of the last response; 0 when there was none. */
    public int httpStatus() {
        return httpStatus;
    }

    /** The server's error code; null when it sent none. */
    public String oauthError() {
        return oauthError;
    }

    /** How long the server asks to wait before the next request; zero when it did not say. */
    public Duration retryAfter() {
        return retryAfter;
    }
}
