package libspotifytoken;

import com.sun.jna.Callback;
import com.sun.jna.Library;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;

/** Internal, and public for JNA alone: the C functions. Text is UTF-8 and ends with a NUL: as a String, JNA would take the platform's charset. */
public interface Functions extends Library {
    /** The library, which this package can use. */
    Functions LIBRARY = LibraryFile.load();

    /** spotify_log_fn. Text stays a pointer: JNA would decode it with the platform's charset. */
    interface LogFunction extends Callback {
        void invoke(Pointer userData, int level, Pointer message);
    }

    /** spotify_refresh_token_fn. */
    interface RefreshTokenFunction extends Callback {
        void invoke(Pointer userData, Pointer refreshToken);
    }

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
