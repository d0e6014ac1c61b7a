import java.util.Map;
import libspotifytoken.Client;
import libspotifytoken.Failure;

/** Ends with status 3 when a token that is due for refresh is refreshed in the background by the calls that return it. */
public final class Due {
    private Due() {}

    public static void main(String[] arguments) throws Failure, InterruptedException {
        long start = System.nanoTime();
        var client = new Client(Map.of(), null);
        var first = client.token();
        // The token is due after 2 s and cannot be used after 3.6 s.
        Thread.sleep(2200);
        while (System.nanoTime() - start < 3_400_000_000L) {
            if (!client.token().equals(first)) {
                System.exit(3);
            }
            Thread.sleep(10);
        }
    }
}
