import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import libspotifytoken.Client;
import libspotifytoken.Failure;

/** Asks a server that never responds, and prints how each call ends. */
public final class Blocking {
    private Blocking() {}

    private interface Call {
        void run() throws Exception;
    }

    /** Blocks in a call in a thread of its own, and returns how it ends within a second after `end` is called on it. */
    private static String ended(CountDownLatch blocked, Call call, java.util.function.Consumer<Thread> end)
        throws InterruptedException {
        var how = new AtomicReference<>("blocked for a second more");
        var thread = new Thread(() -> {
            try {
                call.run();
                how.set("a token");
            } catch (Exception exception) {
                how.set(exception.getClass().getSimpleName());
            }
        });
        thread.setDaemon(true);
        thread.start();
        blocked.await(20, TimeUnit.SECONDS);
        end.accept(thread);
        thread.join(1000);
        return how.get();
    }

    /** Uses a client with a logger, and returns what tells whether the logger was collected. */
    private static WeakReference<Object> closedWhileItBlocks() throws Failure, InterruptedException {
        var witness = new Object();
        var blocked = new CountDownLatch(1);
        var client = new Client(Map.of(), (level, message) -> {
            synchronized (witness) {
                blocked.countDown();
            }
        });
        System.out.println("closed: " + ended(blocked, client::token, thread -> client.close()));
        return new WeakReference<>(witness);
    }

    private static boolean collected(WeakReference<Object> witness) throws InterruptedException {
        for (int i = 0; i < 200 && witness.get() != null; i++) {
            System.gc();
            Thread.sleep(10);
        }
        return witness.get() == null;
    }

    public static void main(String[] arguments) throws Failure, InterruptedException {
        var blocked = new CountDownLatch(1);
        // Nobody keeps this client but the call.
        Call call = () -> new Client(Map.of(), (level, message) -> blocked.countDown()).token();
        System.out.println("interrupted: " + ended(blocked, call, thread -> {
            for (int i = 0; i < 5; i++) {
                System.gc();
            }
            thread.interrupt();
        }));
        System.out.println("logger collected: " + (collected(closedWhileItBlocks()) ? "yes" : "no"));
        try {
            new Client(Map.of("timeout_ms", "50\0" + "00"), null);
        } catch (Failure failure) {
            System.out.println("NUL: " + failure.name());
        }
    }
}
