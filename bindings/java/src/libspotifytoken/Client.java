package libspotifytoken;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** A long-lived source of tokens, for any number of threads. Make one for each program. */
public final class Client implements AutoCloseable {
    private static final Cleaner CLEANER = Cleaner.create();

    private final ClientHandle handle;
    private final Cleaner.Cleanable cleanable;

    /** Makes a client with the settings of the environment. */
    public Client() throws Failure {
        this(Map.of(), null);
    }

    /** Makes a client with these options of the library. The logger receives level and message; null: none. */
    public Client(Map<String, String> options, BiConsumer<Integer, String> logger) throws Failure {
        this(options, logger, null);
    }

    /** Does the same for a program that keeps refresh tokens itself: the keeper receives each new one; null: none. */
    public Client(Map<String, String> options, BiConsumer<Integer, String> logger, Consumer<String> keeper)
        throws Failure {
        handle = new ClientHandle(new Settings(options, logger, keeper));
        cleanable = CLEANER.register(this, handle::close);
    }

    /**
     * Returns a valid token, from the cache or from the server. Interrupting the thread ends its wait, not the request:
     * other threads may wait for it too.
     */
    public Token token() throws Failure, InterruptedException {
        try {
            return Results.of(handle.cachedOrAsked());
        } finally {
            // A client that is collected is closed.
            Reference.reachabilityFence(this);
        }
    }

    /** Does the same without blocking the thread; completes with the Failure as its cause. */
    public CompletableFuture<Token> tokenAsync() {
        return handle.cachedOrAsked().thenApply(token -> {
            Reference.reachabilityFence(this);
            return token;
        });
    }

    /** Reports that the Web API rejected this token. */
    public void invalidate(Token token) {
        handle.invalidate(token);
        Reference.reachabilityFence(this);
    }

    /** Ends the calls that wait now and releases the client, when the last call has returned. Twice is fine. */
    @Override
    public void close() {
        cleanable.clean();
    }
}
