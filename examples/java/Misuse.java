// Does what a program must not do. The result is an exception or nothing, and never a crash.

import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import java.util.Map;
import libspotifytoken.Client;
import libspotifytoken.Failure;

/** The program. */
public final class Misuse {
    private Misuse() {}

    /** Calls C without the package, and returns the token's text after that. */
    private static Object clearTwice() {
        var library = NativeLibrary.getInstance("libspotify_token.so.0");
        var client = library.getFunction("spotify_client_new").invokePointer(new Object[] {null});
        var token = new Memory(library.getFunction("spotify_token_size").invokeLong(new Object[0]));
        library.getFunction("spotify_client_token_into").invokeInt(new Object[] {client, token});
        library.getFunction("spotify_token_clear").invokeVoid(new Object[] {token});
        library.getFunction("spotify_token_clear").invokeVoid(new Object[] {token});
        library.getFunction("spotify_client_free").invokeVoid(new Object[] {client});
        return token.getPointer(0);
    }

    public static void main(String[] arguments) throws Failure, InterruptedException {
        System.out.println("token cleared twice: " + clearTwice());

        var client = new Client();
        client.tokenAsync().join();
        client.close();
        client.close();
        System.out.println("client closed twice: nothing happens");

        try {
            client.token();
        } catch (IllegalStateException exception) {
            System.out.println("used after close: " + exception.getMessage());
        }

        try {
            new Client(Map.of("timeout_ms", "soon"), null);
        } catch (Failure failure) {
            System.out.println("bad option: " + failure.name());
        }

        try (var noisy = new Client(Map.of(), (level, message) -> {
            throw new IllegalArgumentException("thrown by the logger");
        })) {
            noisy.token();
        }
        System.out.println("logger raised: there is a token all the same");
    }
}
