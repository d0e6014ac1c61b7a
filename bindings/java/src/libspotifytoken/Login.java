package libspotifytoken;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Lets a user log in, once, in a browser. Open the url there, then await, or finish with what the browser shows. Both may be
 * called at the same time, in two threads: the first to succeed ends the other, which returns the same token.
 */
public final class Login implements AutoCloseable {
    /** How long a wait for the browser is in C, in milliseconds. Between two turns it sees whether it was given up. */
    private static final long TURN = 100;

    /** In place of no limit: ten years. */
    private static final Duration LONGEST_WAIT = Duration.ofDays(3650);

    private static final Cleaner CLEANER = Cleaner.create();

    private final LoginHandle handle;
    private final Cleaner.Cleanable cleanable;
    private final String url;

    /** Begins a login with these options of the library. */
    public Login(Map<String, String> options) throws Failure {
        this(options, null, null);
    }

    /** Does the same with a logger, and a keeper that receives the refresh token: nothing is stored then. Null: none. */
    public Login(Map<String, String> options, BiConsumer<Integer, String> logger, Consumer<String> keeper)
        throws Failure {
        handle = new LoginHandle(new Settings(options, logger, keeper));
        cleanable = CLEANER.register(this, handle::close);
        url = Text.of(Functions.LIBRARY.spotify_login_url(handle.pointer));
        if (url == null) {
            try {
                handle.waitTurn(0);
            } finally {
                close();
            }
        }
    }

    /** Returns the address to open. */
    public String url() {
        return url;
    }

    /**
     * Waits for the browser, stores the login and returns the token; null: waits as long as it takes. Interrupting the
     * thread ends its wait. After the time, fails with Failure.TIMEOUT, and can be called again.
     */
    public Token await(Duration timeout) throws Failure, InterruptedException {
        var waiting = awaitAsync(timeout);
        try {
            return Results.of(waiting);
        } finally {
            waiting.cancel(false);
        }
    }

    /**
     * Does the same without blocking the thread; completes with the Failure as its cause. Cancelling the future ends the
     * wait and not the login.
     */
    public CompletableFuture<Token> awaitAsync(Duration timeout) {
        var waiting = new CompletableFuture<Token>();
        var thread = new Thread(() -> {
            try {
                waitInTurns(waiting, timeout);
            } catch (Failure | RuntimeException exception) {
                waiting.completeExceptionally(exception);
            } finally {
                Reference.reachabilityFence(this);
            }
        }, "spotify-token");
        thread.setDaemon(true);
        thread.start();
        return waiting;
    }

    /** A native call cannot be interrupted, so that a single one would go on after the wait was given up. */
    private void waitInTurns(CompletableFuture<Token> waiting, Duration timeout) throws Failure {
        var time = timeout == null || timeout.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : timeout;
        long end = System.nanoTime() + time.toNanos();
        while (!waiting.isDone()) {
            long left = Math.max((end - System.nanoTime()) / 1_000_000, 0);
            try {
                waiting.complete(handle.waitTurn(Math.min(left, TURN)));
            } catch (Failure failure) {
                if (failure.code() != Failure.TIMEOUT) {
                    throw failure;
                }
                if (left <= TURN) {
                    throw notWithin(time);
                }
            }
        }
    }

    private static Failure notWithin(Duration time) {
        String within = time.isNegative() ? "0 s" : time.toMillisPart() == 0 ? time.toSeconds() + " s" : time.toMillis() + " ms";
        return new Failure(Failure.TIMEOUT, "the browser has not come back within " + within
            + ". Wait again, or paste the address that the browser shows after the login", 0, null, Duration.ZERO);
    }

    /** Completes the login with the address that the browser shows after it, or with its code; returns the token. */
    public Token finish(String redirectedTo) throws Failure {
        byte[] text = Text.forC("the address", redirectedTo);
        try {
            return handle.run(raw -> Functions.LIBRARY.spotify_login_finish_into(handle.pointer, text, raw));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Ends the login: calls that wait fail with SPOTIFY_ERROR_CANCELLED, and so do later ones. */
    public void cancel() {
        handle.cancel();
        Reference.reachabilityFence(this);
    }

    /** Ends the login, and releases it when the last call has returned. Twice is fine. */
    @Override
    public void close() {
        cleanable.clean();
    }

    /** Forgets the stored login of the account that these options name. */
    public static void logout(Map<String, String> options) throws Failure {
        int code = new Settings(options, null, null).use(Functions.LIBRARY::spotify_logout);
        if (code != 0) {
            throw new Failure(code, Text.of(Functions.LIBRARY.spotify_error_description(code)), 0, null, Duration.ZERO);
        }
    }
}
