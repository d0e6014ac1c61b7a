package libspotifytoken;

import com.sun.jna.Pointer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** The functions of Java that C calls, by number. C knows the number and two functions that are never collected. */
final class Callbacks {
    static final Map<Long, BiConsumer<Integer, String>> LOGGERS = new ConcurrentHashMap<>();
    static final Functions.LogFunction LOG = Callbacks::log;

    static final Map<Long, Consumer<String>> KEEPERS = new ConcurrentHashMap<>();
    static final Functions.RefreshTokenFunction KEEP = Callbacks::keep;

    private static final AtomicLong LAST_NUMBER = new AtomicLong();

    private Callbacks() {}

    static long nextNumber() {
        return LAST_NUMBER.incrementAndGet();
    }

    /** C is behind this function: nothing that a logger throws may leave it. */
    private static void log(Pointer number, int level, Pointer message) {
        try {
            var logger = LOGGERS.get(Pointer.nativeValue(number));
            if (logger != null) {
                logger.accept(level, Text.of(message));
            }
        } catch (Throwable throwable) {
            System.getLogger("spotify").log(System.Logger.Level.WARNING, "the logger threw", throwable);
        }
    }

    private static void keep(Pointer number, Pointer refreshToken) {
        try {
            var keeper = KEEPERS.get(Pointer.nativeValue(number));
            if (keeper != null) {
                keeper.accept(Text.of(refreshToken));
            }
        } catch (Throwable throwable) {
            System.getLogger("spotify").log(System.Logger.Level.WARNING, "the keeper threw", throwable);
        }
    }
}
