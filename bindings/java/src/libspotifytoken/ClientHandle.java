package libspotifytoken;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;

/** A spotify_client, and who uses it. */
final class ClientHandle {
    private static final String CLOSED = "the client is closed";

    /**
     * For how many seconds before its end a token may be due for a refresh. Only spotify_client_token_into refreshes it, so it is
     * taken from there then, and not from spotify_client_cached_into.
     */
    private static final int REFRESH_BEFORE = 300;

    private final Pointer pointer;
    private final Settings settings;

    /** Calls that use the pointer, and the client itself until it is closed. The last one frees. */
    private int users = 1;
    private boolean closed;

    /**
     * The call that asks the server now, in a thread of its own; null: none. All callers wait for it in Java, where a wait
     * can be interrupted and blocks no carrier of virtual threads.
     */
    private CompletableFuture<Token> request;

    ClientHandle(Settings settings) throws Failure {
        this.settings = settings;
        pointer = settings.use(Functions.LIBRARY::spotify_client_new);
    }

    CompletableFuture<Token> cachedOrAsked() {
        var raw = new Raw();
        use();
        try {
            Functions.LIBRARY.spotify_client_cached_into(pointer, raw);
        } finally {
            release();
        }
        boolean isDue = raw.errorCode == 0 && raw.expiresIn <= REFRESH_BEFORE;
        if (raw.errorCode != Failure.NOT_CACHED && !isDue) {
            var cached = new CompletableFuture<Token>();
            Results.complete(cached, raw);
            return cached;
        }
        Functions.LIBRARY.spotify_token_clear(raw);
        return asked();
    }

    private synchronized CompletableFuture<Token> asked() {
        checkOpen();
        if (request == null) {
            var asked = new CompletableFuture<Token>();
            var thread = new Thread(() -> run(asked), "spotify-token");
            thread.setDaemon(true);
            thread.start();
            users++;
            request = asked;
        }
        return request;
    }

    private void run(CompletableFuture<Token> asked) {
        var raw = new Raw();
        Functions.LIBRARY.spotify_client_token_into(pointer, raw);
        synchronized (this) {
            if (request == asked) {
                request = null;
            }
        }
        release();
        Results.complete(asked, raw);
    }

    void invalidate(Token token) {
        byte[] text = Native.toByteArray(token.accessToken(), StandardCharsets.UTF_8);
        use();
        try {
            Functions.LIBRARY.spotify_client_invalidate(pointer, text);
        } finally {
            release();
        }
        synchronized (this) {
            // A request that began before may bring the rejected token.
            request = null;
        }
    }

    void close() {
        CompletableFuture<Token> waiting;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            waiting = request;
            request = null;
        }
        if (waiting != null) {
            waiting.completeExceptionally(new IllegalStateException(CLOSED));
        }
        // Not the keeper: a new refresh token may still arrive.
        settings.forgetLogger();
        Functions.LIBRARY.spotify_client_cancel(pointer);
        release();
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException(CLOSED);
        }
    }

    /** Keeps the client from being freed until release. */
    private synchronized void use() {
        checkOpen();
        users++;
    }

    private void release() {
        boolean last;
        synchronized (this) {
            last = --users == 0;
        }
        if (last) {
            Functions.LIBRARY.spotify_client_free(pointer);
            settings.forget();
        }
    }
}
