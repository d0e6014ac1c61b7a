import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Pattern;
import libspotifytoken.Client;
import libspotifytoken.Failure;
import libspotifytoken.Login;
import libspotifytoken.Token;

/** Prints how each way to log in ends, as tests/languages/login_calls.rs wants it. */
public final class LoginCalls {
    private static final BufferedReader INPUT = new BufferedReader(new InputStreamReader(System.in));
    private static final PrintStream OUTPUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    private LoginCalls() {}

    private interface Call {
        void run() throws Exception;
    }

    private static void row(String name, String... values) {
        OUTPUT.println(name + ": " + String.join(", ", values));
    }

    /** Says how a call ends. */
    private static String how(Call call) {
        try {
            call.run();
            return "done";
        } catch (Failure failure) {
            return failure.name() + (failure.oauthError() == null ? "" : " " + failure.oauthError());
        } catch (IllegalStateException exception) {
            return "closed";
        } catch (Exception exception) {
            return exception.toString();
        }
    }

    private static String message(String pattern, Call call) {
        try {
            call.run();
            return "done";
        } catch (Exception exception) {
            var found = Pattern.compile(pattern).matcher(exception.getMessage());
            return found.find() ? found.group() : exception.getMessage();
        }
    }

    private static Map<String, String> user(String... options) {
        var all = new HashMap<>(Map.of("grant", "user", "scope", "playlist-read-private"));
        for (int i = 0; i < options.length; i += 2) {
            all.put(options[i], options[i + 1]);
        }
        return all;
    }

    private static Login begin(String... options) throws Failure {
        return new Login(user(options));
    }

    /** Asks a new client, which has no error in its memory. */
    private static Token token(Consumer<String> keeper, String... options) throws Exception {
        try (var client = new Client(user(options), null, keeper)) {
            return client.token();
        }
    }

    /** Asks the test to play the browser while this program waits. */
    private static void browser(String action, Login login) {
        OUTPUT.println(action + " " + login.url());
    }

    /** Asks the test for the address that the browser shows in the end. */
    private static String address(Login login) throws IOException {
        browser("agree", login);
        return INPUT.readLine();
    }

    private static String same(Token one, String other) {
        return one.accessToken().equals(other) ? "same token" : "another token";
    }

    /** Waits for the browser in another thread, which is in C when this returns. */
    private static CompletableFuture<Token> waiting(Login login) throws InterruptedException {
        var waiting = login.awaitAsync(null);
        Thread.sleep(50);
        return waiting;
    }

    private static String end(CompletableFuture<Token> waiting) {
        return how(() -> {
            try {
                waiting.get();
            } catch (ExecutionException exception) {
                throw (Exception) exception.getCause();
            }
        });
    }

    private static String givenUp(Login login) throws InterruptedException {
        var waiting = new Thread(() -> how(() -> login.await(null)));
        waiting.start();
        Thread.sleep(50);
        waiting.interrupt();
        waiting.join(5000);
        Thread.sleep(300);
        var left = Thread.getAllStackTraces().keySet().stream().anyMatch(thread -> thread.getName().equals("spotify-token"));
        return left ? "a thread is left" : "at once";
    }

    public static void main(String[] arguments) throws Exception {
        row("not logged in", how(() -> token(null)));
        row("bad option", how(() -> token(null, "redirect_uri", "http://localhost/callback")));
        row("NUL in a name", how(() -> token(null, "account\0", "x")));
        row("NUL in a value", how(() -> token(null, "account", "a\0b")));
        begin("account", null).close();
        row("option without a value", "ignored");
        Call nowhere = () -> begin("logins", "file:/dev/null/\u00fc");
        row("cannot begin", how(nowhere), "names " + message("/dev/null/\\p{L}", nowhere));

        var login = begin();
        Call soon = () -> login.await(Duration.ofMillis(250));
        row("time is up", how(soon) + " " + message("within \\d+ ms", soon));
        row("time was up before", how(() -> login.await(Duration.ofSeconds(-1))));
        row("given up", givenUp(login));
        row("empty line", how(() -> login.finish("\n")));
        row("NUL in the address", how(() -> login.finish("a\0b")));
        row("address in another alphabet", how(() -> login.finish("\u00fc")));
        row("wrong state", how(() -> login.finish("http://127.0.0.1/callback?code=x&state=y")));

        browser("browse", login);
        var first = login.await(null);
        var text = first.accessToken();
        row("browser", first.scope());
        if (login.await(Duration.ofDays(Long.MAX_VALUE / 86_400)).equals(first) && login.finish("x").equals(first)) {
            row("finished", "waits again", "pastes again");
        }
        login.close();
        login.close();
        login.cancel();
        row("closed twice", how(() -> login.await(null)), how(() -> login.finish("x")));
        if (!login.url().startsWith("http")) {
            throw new AssertionError(login.url());
        }
        row("client", same(token(null), text));
        var other = new ProcessBuilder("spotify-token", "token", "--user").start();
        row("other process", same(first, new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip()));
        row("lacks a scope", how(() -> token(null, "scope", "user-library-read")));
        ends();
        keepRefreshTokens();
    }

    private static void ends() throws Exception {
        try (var login = begin()) {
            var waiting = waiting(login);
            var token = login.finish(address(login) + "\n");
            row("pasted", token.scope());
            row("pasted while it waits", same(waiting.get(), token.accessToken()));
        }
        try (var login = begin()) {
            browser("decline", login);
            row("declined", how(() -> login.await(null)));
        }
        try (var login = begin()) {
            var waiting = waiting(login);
            login.cancel();
            row("cancelled while it waits", end(waiting), how(() -> login.await(null)));
        }
        var login = begin();
        var waiting = waiting(login);
        login.close();
        var end = end(waiting);
        row("closed while it waits", List.of("closed", "SPOTIFY_ERROR_CANCELLED").contains(end) ? "ended" : end);
        Call logout = () -> Login.logout(user());
        row("logout", how(logout), how(logout), how(() -> token(null)));
    }

    private static void keepRefreshTokens() throws Exception {
        // What the keeper throws is logged.
        Logger.getLogger("spotify").setLevel(Level.OFF);
        var collected = keepAndForget();
        for (int i = 0; i < 200 && collected.get() != null; i++) {
            System.gc();
            Thread.sleep(10);
        }
        row("function that kept them", collected.get() == null ? "collected" : "kept");
    }

    private static WeakReference<Object> keepAndForget() throws Exception {
        var kept = new ArrayList<String>();
        Consumer<String> keeper = refreshToken -> {
            kept.add(refreshToken);
            throw new AssertionError("from the keeper");
        };
        try (var login = new Login(user(), null, keeper)) {
            login.finish(address(login));
        }
        row("kept", "" + kept.size(), how(() -> token(null)));
        token(keeper, "refresh_token", kept.get(0));
        row("rotated", "" + kept.size(), kept.get(0).equals(kept.get(1)) ? "the same" : "another");
        return new WeakReference<>(kept);
    }
}
