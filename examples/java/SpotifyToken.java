// spotify-token for Java, with JNA: a binding to copy into a program. Needs the installed shared library.
//
//     try (var client = new SpotifyToken.Client()) {
//         request.header("Authorization", client.token().authorization());
//     }
//
// A token that speaks for a user, who logs in once:
//
//     var options = Map.of("grant", "user", "scope", "playlist-read-private");
//     try (var login = new SpotifyToken.Login(options)) {
//         System.out.println("Open " + login.url());
//         login.await(null);
//     }
//     var client = new SpotifyToken.Client(options, null);

import com.sun.jna.Callback;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** The binding: {@link Client} gives {@link Token}s, or throws {@link Failure}. */
public final class SpotifyToken {
    private SpotifyToken() {}

    /** The struct that the library fills in. Strings stay pointers: they are released with the struct. */
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

    /** spotify_log_fn. Text stays a pointer: JNA would decode it with the platform's charset. */
    public interface LogFunction extends Callback {
        void invoke(Pointer userData, int level, Pointer message);
    }

    /** spotify_refresh_token_fn. */
    public interface RefreshTokenFunction extends Callback {
        void invoke(Pointer userData, Pointer refreshToken);
    }

    /** The C functions. Text is UTF-8 and ends with a NUL: as a String, JNA would take the platform's charset. */
    public interface Functions extends Library {
        NativeLong spotify_token_size();
        int spotify_abi_version();
        Pointer spotify_version();
        Pointer spotify_error_name(int code);
        void spotify_token_clear(Raw token);
        Pointer spotify_token_authorization(Raw token);
        Pointer spotify_token_oauth_error(Raw token);
        long spotify_token_retry_after(Raw token);
        Pointer spotify_config_new();
        int spotify_config_set(Pointer config, byte[] name, byte[] value);
        int spotify_config_set_logger(Pointer config, LogFunction function, Pointer userData);
        Pointer spotify_config_error(Pointer config);
        void spotify_config_free(Pointer config);
        Pointer spotify_client_new(Pointer config);
        int spotify_client_cached_into(Pointer client, Raw out);
        int spotify_client_token_into(Pointer client, Raw out);
        void spotify_client_invalidate(Pointer client, byte[] rejected);
        void spotify_client_cancel(Pointer client);
        void spotify_client_free(Pointer client);
        int spotify_config_set_refresh_token_fn(Pointer config, RefreshTokenFunction function, Pointer userData);
        Pointer spotify_login_new(Pointer config);
        Pointer spotify_login_url(Pointer login);
        int spotify_login_wait_into(Pointer login, long timeoutMs, Raw out);
        int spotify_login_finish_into(Pointer login, byte[] redirectedTo, Raw out);
        void spotify_login_cancel(Pointer login);
        void spotify_login_free(Pointer login);
        int spotify_logout(Pointer config);
        Pointer spotify_error_description(int code);
    }

    /** The code of a Failure: the time ran out, and the call can be made again. */
    public static final int TIMEOUT = 13;
    /** The code of a Failure: the user has to log in. */
    public static final int LOGIN_REQUIRED = 25;

    private static final int INVALID_ARGUMENT = 1;
    private static final int NOT_CACHED = 40;
    private static final int ABI_VERSION = 0;
    private static final String CLOSED = "the client is closed";

    /**
     * For how many seconds before its end a token may be due for a refresh. Only spotify_client_token_into refreshes it, so it is
     * taken from there then, and not from spotify_client_cached_into.
     */
    private static final int REFRESH_BEFORE = 300;

    /** In place of no limit: ten years. */
    private static final Duration LONGEST_WAIT = Duration.ofDays(3650);

    /** How long a wait for the browser is in C, in milliseconds. Between two turns it sees whether it was given up. */
    private static final long TURN = 100;

    static final Functions LIBRARY = load();
    private static final Cleaner CLEANER = Cleaner.create();

    /** The loggers of the open clients, by number. C knows the number and LOG, which is never collected. */
    private static final Map<Long, BiConsumer<Integer, String>> LOGGERS = new ConcurrentHashMap<>();
    private static final AtomicLong LAST_LOGGER = new AtomicLong();
    private static final LogFunction LOG = SpotifyToken::log;

    /** Who keeps refresh tokens, likewise. */
    private static final Map<Long, Consumer<String>> KEEPERS = new ConcurrentHashMap<>();
    private static final RefreshTokenFunction KEEP = SpotifyToken::keep;

    private static Functions load() {
        String name = System.getenv().getOrDefault("SPOTIFY_TOKEN_LIBRARY", "libspotify_token.so.0");
        Functions library = Native.load(name, Functions.class);
        int abi = library.spotify_abi_version();
        if (library.spotify_token_size().longValue() != new Raw().size() || abi != ABI_VERSION) {
            throw new UnsatisfiedLinkError("the library is spotify-token " + text(library.spotify_version()) + " with ABI " + abi
                + "; this binding needs ABI " + ABI_VERSION);
        }
        return library;
    }

    /** Says why there is no token. */
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

        /** The name of that constant. */
        public String name() {
            return text(LIBRARY.spotify_error_name(code));
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

    /** A token. Its text is a copy in Java's memory. */
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
            handle = new Handle(new Settings(options, logger, keeper));
            cleanable = CLEANER.register(this, handle::close);
        }

        /**
         * Returns a valid token, from the cache or from the server. Interrupting the thread ends its wait, not the request:
         * other threads may wait for it too.
         */
        public Token token() throws Failure, InterruptedException {
            try {
                return result(handle.cachedOrAsked());
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

    /**
     * Lets a user log in, once, in a browser. Open the url there, then await, or finish with what the browser shows. Both may be
     * called at the same time, in two threads: the first to succeed ends the other, which returns the same token.
     */
    public static final class Login implements AutoCloseable {
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
            url = text(LIBRARY.spotify_login_url(handle.pointer));
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
         * thread ends its wait. After the time, fails with TIMEOUT, and can be called again.
         */
        public Token await(Duration timeout) throws Failure, InterruptedException {
            var waiting = awaitAsync(timeout);
            try {
                return result(waiting);
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
                    if (failure.code() != TIMEOUT) {
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
            return new Failure(TIMEOUT, "the browser has not come back within " + within
                + ". Wait again, or paste the address that the browser shows after the login", 0, null, Duration.ZERO);
        }

        /** Completes the login with the address that the browser shows after it, or with its code; returns the token. */
        public Token finish(String redirectedTo) throws Failure {
            byte[] text = utf8("the address", redirectedTo);
            try {
                return handle.run(raw -> LIBRARY.spotify_login_finish_into(handle.pointer, text, raw));
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
    }

    /** A spotify_login, and who uses it. */
    private static final class LoginHandle {
        private final Pointer pointer;
        private final Settings settings;
        private int users = 1;
        private boolean closed;

        LoginHandle(Settings settings) throws Failure {
            this.settings = settings;
            pointer = settings.use(LIBRARY::spotify_login_new);
        }

        Token waitTurn(long milliseconds) throws Failure {
            return run(raw -> LIBRARY.spotify_login_wait_into(pointer, milliseconds, raw));
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
            return take(raw);
        }

        void cancel() {
            if (use()) {
                LIBRARY.spotify_login_cancel(pointer);
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
            LIBRARY.spotify_login_cancel(pointer);
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
                LIBRARY.spotify_login_free(pointer);
                settings.forget();
            }
        }
    }

    /** Forgets the stored login of the account that these options name. */
    public static void logout(Map<String, String> options) throws Failure {
        int code = new Settings(options, null, null).use(LIBRARY::spotify_logout);
        if (code != 0) {
            throw new Failure(code, text(LIBRARY.spotify_error_description(code)), 0, null, Duration.ZERO);
        }
    }

    /** Returns text as C wants it. */
    private static byte[] utf8(String what, String text) throws Failure {
        if (text.indexOf('\0') >= 0) {
            throw new Failure(INVALID_ARGUMENT, what + " contains a NUL character. Remove it", 0, null, Duration.ZERO);
        }
        return Native.toByteArray(text, StandardCharsets.UTF_8);
    }

    /** Options, and the functions of Java that C calls, by number. */
    private static final class Settings {
        private final Map<String, String> options;
        private final BiConsumer<Integer, String> logger;
        private final Consumer<String> keeper;
        private final long number = LAST_LOGGER.incrementAndGet();

        Settings(Map<String, String> options, BiConsumer<Integer, String> logger, Consumer<String> keeper) {
            this.options = options;
            this.logger = logger;
            this.keeper = keeper;
        }

        /** Returns what a function of C makes of a configuration. */
        <T> T use(java.util.function.Function<Pointer, T> function) throws Failure {
            Pointer config = LIBRARY.spotify_config_new();
            try {
                for (var option : options.entrySet()) {
                    set(config, option.getKey(), option.getValue());
                }
                if (logger != null) {
                    LOGGERS.put(number, logger);
                    LIBRARY.spotify_config_set_logger(config, LOG, Pointer.createConstant(number));
                }
                if (keeper != null) {
                    KEEPERS.put(number, keeper);
                    LIBRARY.spotify_config_set_refresh_token_fn(config, KEEP, Pointer.createConstant(number));
                }
                return function.apply(config);
            } finally {
                LIBRARY.spotify_config_free(config);
            }
        }

        private static void set(Pointer config, String name, String value) throws Failure {
            if (value == null) {
                return;
            }
            int code = LIBRARY.spotify_config_set(
                config, utf8("the name of an option", name), utf8("the value of an option", value));
            if (code != 0) {
                throw new Failure(code, text(LIBRARY.spotify_config_error(config)), 0, null, Duration.ZERO);
            }
        }

        /** Calls the logger no more. */
        void forgetLogger() {
            LOGGERS.remove(number);
        }

        /** Calls no function of Java any more. The library has freed what was made with these settings. */
        void forget() {
            forgetLogger();
            KEEPERS.remove(number);
        }
    }

    /** A spotify_client, and who uses it. */
    private static final class Handle {
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

        Handle(Settings settings) throws Failure {
            this.settings = settings;
            pointer = settings.use(LIBRARY::spotify_client_new);
        }

        CompletableFuture<Token> cachedOrAsked() {
            var raw = new Raw();
            use();
            try {
                LIBRARY.spotify_client_cached_into(pointer, raw);
            } finally {
                release();
            }
            boolean isDue = raw.errorCode == 0 && raw.expiresIn <= REFRESH_BEFORE;
            if (raw.errorCode != NOT_CACHED && !isDue) {
                var cached = new CompletableFuture<Token>();
                complete(cached, raw);
                return cached;
            }
            LIBRARY.spotify_token_clear(raw);
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
            LIBRARY.spotify_client_token_into(pointer, raw);
            synchronized (this) {
                if (request == asked) {
                    request = null;
                }
            }
            release();
            complete(asked, raw);
        }

        void invalidate(Token token) {
            byte[] text = Native.toByteArray(token.accessToken(), StandardCharsets.UTF_8);
            use();
            try {
                LIBRARY.spotify_client_invalidate(pointer, text);
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
            LIBRARY.spotify_client_cancel(pointer);
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
                LIBRARY.spotify_client_free(pointer);
                settings.forget();
            }
        }
    }

    /** C is behind this function: nothing that a logger throws may leave it. */
    private static void log(Pointer number, int level, Pointer message) {
        try {
            var logger = LOGGERS.get(Pointer.nativeValue(number));
            if (logger != null) {
                logger.accept(level, text(message));
            }
        } catch (Throwable throwable) {
            System.getLogger("spotify").log(System.Logger.Level.WARNING, "the logger threw", throwable);
        }
    }

    private static void keep(Pointer number, Pointer refreshToken) {
        try {
            var keeper = KEEPERS.get(Pointer.nativeValue(number));
            if (keeper != null) {
                keeper.accept(text(refreshToken));
            }
        } catch (Throwable throwable) {
            System.getLogger("spotify").log(System.Logger.Level.WARNING, "the keeper threw", throwable);
        }
    }

    /** Waits for a token, and throws what it has failed with. */
    private static Token result(CompletableFuture<Token> future) throws Failure, InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException exception) {
            if (exception.getCause() instanceof Failure failure) {
                throw failure;
            }
            throw new IllegalStateException(exception.getCause().getMessage(), exception);
        }
    }

    private static void complete(CompletableFuture<Token> future, Raw raw) {
        try {
            future.complete(take(raw));
        } catch (Failure | RuntimeException exception) {
            future.completeExceptionally(exception);
        }
    }

    /** Copies what the library has filled in, and releases it. */
    private static Token take(Raw raw) throws Failure {
        try {
            if (raw.errorCode != 0) {
                throw new Failure(raw.errorCode, text(raw.errorMessage), raw.httpStatus,
                    text(LIBRARY.spotify_token_oauth_error(raw)), Duration.ofSeconds(LIBRARY.spotify_token_retry_after(raw)));
            }
            return new Token(text(raw.accessToken), text(LIBRARY.spotify_token_authorization(raw)), text(raw.scope),
                Instant.ofEpochSecond(Math.min(raw.expiresAt, Instant.MAX.getEpochSecond())));
        } finally {
            LIBRARY.spotify_token_clear(raw);
        }
    }

    private static String text(Pointer pointer) {
        return pointer == null ? null : pointer.getString(0, "UTF-8");
    }
}
