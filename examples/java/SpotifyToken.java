// spotify-token for Java, with JNA: a binding to copy into a program. Needs the installed shared library.
//
//     try (var client = new SpotifyToken.Client()) {
//         request.header("Authorization", client.token().authorization());
//     }
//
// A call that asks the server blocks its thread, a virtual one its carrier: give it an executor of platform threads.

import com.sun.jna.Callback;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;
import java.lang.ref.Cleaner;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BiConsumer;

/** The binding: {@link Client} gives {@link Token}s, or throws {@link Failure}. */
public final class SpotifyToken {
    private SpotifyToken() {}

    /** The struct that the library fills. Strings stay pointers: they are released with the struct. */
    @FieldOrder({"accessToken", "tokenType", "scope", "errorMessage", "expiresAt", "expiresIn", "errorCode", "httpStatus",
        "owner"})
    public static final class Raw extends Structure {
        public Pointer accessToken;
        public Pointer tokenType;
        public Pointer scope;
        public Pointer errorMessage;
        public long expiresAt;
        public long expiresIn;
        public int errorCode;
        public int httpStatus;
        public Pointer owner;
    }

    /** spotify_log_fn. */
    public interface LogFunction extends Callback {
        void invoke(Pointer userData, int level, String message);
    }

    /** The C functions. */
    public interface Functions extends Library {
        NativeLong spotify_token_size();
        String spotify_version();
        String spotify_error_name(int code);
        void spotify_token_clear(Raw token);
        String spotify_token_authorization(Raw token);
        String spotify_token_oauth_error(Raw token);
        long spotify_token_retry_after(Raw token);
        Pointer spotify_config_new();
        int spotify_config_set(Pointer config, String name, String value);
        int spotify_config_set_logger(Pointer config, LogFunction function, Pointer userData);
        String spotify_config_error(Pointer config);
        void spotify_config_free(Pointer config);
        Pointer spotify_client_new(Pointer config);
        int spotify_client_token_into(Pointer client, Raw out);
        void spotify_client_invalidate(Pointer client, String rejected);
        void spotify_client_cancel(Pointer client);
        void spotify_client_free(Pointer client);
    }

    static final Functions LIBRARY = load();
    private static final Cleaner CLEANER = Cleaner.create();

    /** Loggers live as long as the process: a request under way may outlive its client. */
    private static final List<LogFunction> LOGGERS = new CopyOnWriteArrayList<>();

    private static Functions load() {
        String name = System.getenv().getOrDefault("SPOTIFY_TOKEN_LIBRARY", "libspotify_token.so.0");
        Functions library = Native.load(name, Functions.class, Map.of(Library.OPTION_STRING_ENCODING, "UTF-8"));
        String version = library.spotify_version();
        if (library.spotify_token_size().longValue() != new Raw().size() || !version.startsWith("0.")) {
            throw new UnsatisfiedLinkError("the library is spotify-token " + version + "; this binding is for 0.x");
        }
        return library;
    }

    /** Why there is no token. */
    public static final class Failure extends Exception {
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

        /** The constant's name. */
        public String name() {
            return LIBRARY.spotify_error_name(code);
        }

        /** Of the last answer; 0 when none arrived. */
        public int httpStatus() {
            return httpStatus;
        }

        /** The server's error code; null when it gave none. */
        public String oauthError() {
            return oauthError;
        }

        /** How long the server asks to stay away; zero when it did not say. */
        public Duration retryAfter() {
            return retryAfter;
        }
    }

    /** A token. Its text is Java's own copy. */
    public record Token(String accessToken, String authorization, String scope, Instant expiresAt) {
        /** Hides the token from logs. */
        @Override
        public String toString() {
            return "Token[expiresAt=" + expiresAt + "]";
        }
    }

    /** A long-lived source of tokens, for any number of threads. Make one for each program. */
    public static final class Client implements AutoCloseable {
        private final Handle handle;
        private final Cleaner.Cleanable cleanable;

        /** With the environment's settings. */
        public Client() throws Failure {
            this(Map.of(), null);
        }

        /** With these options, which are the library's; the logger gets level and message, or is null. */
        public Client(Map<String, String> options, BiConsumer<Integer, String> logger) throws Failure {
            Pointer config = LIBRARY.spotify_config_new();
            try {
                for (var option : options.entrySet()) {
                    int code = LIBRARY.spotify_config_set(config, option.getKey(), option.getValue());
                    if (code != 0) {
                        throw new Failure(code, LIBRARY.spotify_config_error(config), 0, null, Duration.ZERO);
                    }
                }
                if (logger != null) {
                    LIBRARY.spotify_config_set_logger(config, guarded(logger), null);
                }
                handle = new Handle(LIBRARY.spotify_client_new(config));
            } finally {
                LIBRARY.spotify_config_free(config);
            }
            cleanable = CLEANER.register(this, handle);
        }

        /** A valid token. Blocks while the server must be asked. */
        public Token token() throws Failure {
            handle.lock.readLock().lock();
            try {
                Raw raw = new Raw();
                LIBRARY.spotify_client_token_into(handle.open(), raw);
                return take(raw);
            } finally {
                handle.lock.readLock().unlock();
            }
        }

        /** The same in a thread of this executor; completes with the Failure as its cause. */
        public CompletableFuture<Token> tokenAsync(Executor executor) {
            var future = new CompletableFuture<Token>();
            executor.execute(() -> {
                try {
                    future.complete(token());
                } catch (Failure | RuntimeException failure) {
                    future.completeExceptionally(failure);
                }
            });
            return future;
        }

        /** Says that the Web API rejected this token. */
        public void invalidate(Token token) {
            handle.lock.readLock().lock();
            try {
                LIBRARY.spotify_client_invalidate(handle.open(), token.accessToken());
            } finally {
                handle.lock.readLock().unlock();
            }
        }

        /** Ends the calls that wait now and releases the client. Closing twice is fine. */
        @Override
        public void close() {
            cleanable.clean();
        }
    }

    /** A spotify_client and who may use it: calls hold the lock for reading, the end of it for writing. */
    private static final class Handle implements Runnable {
        final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
        private volatile Pointer pointer;

        Handle(Pointer pointer) {
            this.pointer = pointer;
        }

        Pointer open() {
            if (pointer == null) {
                throw new IllegalStateException("the client is closed");
            }
            return pointer;
        }

        @Override
        public void run() {
            LIBRARY.spotify_client_cancel(pointer);
            lock.writeLock().lock();
            try {
                LIBRARY.spotify_client_free(pointer);
                pointer = null;
            } finally {
                lock.writeLock().unlock();
            }
        }
    }

    /** There is C behind a logger: nothing that it throws may leave it. */
    private static LogFunction guarded(BiConsumer<Integer, String> logger) {
        LogFunction function = (userData, level, message) -> {
            try {
                logger.accept(level, message);
            } catch (RuntimeException exception) {
                System.getLogger("spotify").log(System.Logger.Level.WARNING, "the logger threw", exception);
            }
        };
        LOGGERS.add(function);
        return function;
    }

    /** Copies what the library filled, and releases it. */
    private static Token take(Raw raw) throws Failure {
        try {
            if (raw.errorCode != 0) {
                throw new Failure(raw.errorCode, text(raw.errorMessage), raw.httpStatus,
                    LIBRARY.spotify_token_oauth_error(raw), Duration.ofSeconds(LIBRARY.spotify_token_retry_after(raw)));
            }
            return new Token(text(raw.accessToken), LIBRARY.spotify_token_authorization(raw), text(raw.scope),
                Instant.ofEpochSecond(raw.expiresAt));
        } finally {
            LIBRARY.spotify_token_clear(raw);
        }
    }

    private static String text(Pointer pointer) {
        return pointer.getString(0, "UTF-8");
    }
}
