package libspotifytoken;

import com.sun.jna.Pointer;
import java.util.function.Consumer;

/** A spotify_login, and who uses it. */
final class LoginHandle {
    final Pointer pointer;
    private final Settings settings;
    private int users = 1;
    private boolean closed;

    LoginHandle(Settings settings) throws Failure {
        this.settings = settings;
        pointer = settings.use(Functions.LIBRARY::spotify_login_new);
    }

    Token waitTurn(long milliseconds) throws Failure {
        return run(raw -> Functions.LIBRARY.spotify_login_wait_into(pointer, milliseconds, raw));
    }

    Token run(Consumer<Raw> call) throws Failure {
        if (!use()) {
            throw new IllegalStateException("the login is closed");
        }
        var raw = new Raw();
        try {
            call.accept(raw);
        } finally {
            release();
        }
        return Results.take(raw);
    }

    void cancel() {
        if (use()) {
            Functions.LIBRARY.spotify_login_cancel(pointer);
            release();
        }
    }

    void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        Functions.LIBRARY.spotify_login_cancel(pointer);
        release();
    }

    /** Keeps the login from being freed until release; false when it is closed. */
    private synchronized boolean use() {
        if (!closed) {
            users++;
        }
        return !closed;
    }

    private void release() {
        boolean last;
        synchronized (this) {
            last = --users == 0;
        }
        if (last) {
            Functions.LIBRARY.spotify_login_free(pointer);
            settings.forget();
        }
    }
}
