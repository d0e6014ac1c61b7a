package libspotifytoken;

import com.sun.jna.Native;
import com.sun.jna.Platform;
import java.io.IOException;

/** Loads the C library, and refuses one that this package cannot use. */
final class LibraryFile {
    private static final int ABI_VERSION = 0;

    private LibraryFile() {}

    static Functions load() {
        String name = find();
        Functions library = Native.load(name, Functions.class);
        int abi = library.spotify_abi_version();
        if (library.spotify_token_size().longValue() != new Raw().size() || abi != ABI_VERSION) {
            throw new UnsatisfiedLinkError(name + " is spotify-token " + Text.of(library.spotify_version()) + " with ABI " + abi
                + "; this package needs ABI " + ABI_VERSION);
        }
        return library;
    }

    /** Returns the file that SPOTIFY_TOKEN_LIBRARY names, or the one in the jar, or a name for the system's loader. */
    private static String find() {
        String named = System.getenv("SPOTIFY_TOKEN_LIBRARY");
        if (named != null) {
            return named;
        }
        try {
            return Native.extractFromResourcePath("spotify_token", LibraryFile.class.getClassLoader()).getAbsolutePath();
        } catch (IOException exception) {
            // The jar has none for this platform.
            return Platform.isWindows() ? "spotify_token" : Platform.isMac() ? "libspotify_token.0.dylib" : "libspotify_token.so.0";
        }
    }
}
