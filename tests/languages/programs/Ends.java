import java.util.Map;
import libspotifytoken.Client;
import libspotifytoken.Failure;

/** Ends with status 3 while threads use clients and the library calls a logger. With an argument main returns, status 0. */
public final class Ends {
    private Ends() {}

    private static void use(Client client) {
        try {
            while (true) {
                client.invalidate(client.token());
            }
        } catch (Failure | InterruptedException | IllegalStateException end) {
            // The client was closed.
        }
    }

    public static void main(String[] arguments) throws Failure, InterruptedException {
        var quiet = new Client();
        var talking = new Client(Map.of(), (level, message) -> {});
        for (int i = 0; i < 8; i++) {
            var client = i % 2 == 0 ? quiet : talking;
            var thread = new Thread(() -> use(client));
            thread.setDaemon(true);
            thread.start();
        }
        Thread.sleep(100);
        if (arguments.length == 0) {
            System.exit(3);
        }
    }
}
