package libspotifytoken;

import com.sun.jna.Pointer;
import java.time.Duration;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

/** Options, and the functions of Java that C calls, by number. */
final class Settings {
    private final Map<String, String> options;
    private final BiConsumer<Integer, String> logger;
    private final Consumer<String> keeper;
    private final long number = Callbacks.nextNumber();

    Settings(Map<String, String> options, BiConsumer<Integer, String> logger, Consumer<String> keeper) {
        this.options = options;
        this.logger = logger;
        this.keeper = keeper;
    }

    /** Returns what a function of C makes of a configuration. */
    <T> T use(Function<Pointer, T> function) throws Failure {
        Pointer config = Functions.LIBRARY.spotify_config_new();
        try {
            for (var option : options.entrySet()) {
                set(config, option.getKey(), option.getValue());
            }
            if (logger != null) {
                Callbacks.LOGGERS.put(number, logger);
                Functions.LIBRARY.spotify_config_set_logger(config, Callbacks.LOG, Pointer.createConstant(number));
            }
            if (keeper != null) {
                Callbacks.KEEPERS.put(number, keeper);
                Functions.LIBRARY.spotify_config_set_refresh_token_fn(config, Callbacks.KEEP, Pointer.createConstant(number));
            }
            return function.apply(config);
        } finally {
            Functions.LIBRARY.spotify_config_free(config);
        }
    }

    private static void set(Pointer config, String name, String value) throws Failure {
        if (value == null) {
            return;
        }
        int code = Functions.LIBRARY.spotify_config_set(
            config, Text.forC("the name of an option", name), Text.forC("the value of an option", value));
        if (code != 0) {
            throw new Failure(code, Text.of(Functions.LIBRARY.spotify_config_error(config)), 0, null, Duration.ZERO);
        }
    }

    /** Calls the logger no more. */
    void forgetLogger() {
        Callbacks.LOGGERS.remove(number);
    }

    /** Calls no function of Java any more. The library has freed what was made with these settings. */
    void forget() {
        forgetLogger();
        Callbacks.KEEPERS.remove(number);
    }
}
