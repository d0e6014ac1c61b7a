package libspotifytoken;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Text of the library, which is UTF-8. */
final class Text {
    private Text() {}

    /** Returns a copy of the library's text. */
    static String of(Pointer pointer) {
        return pointer == null ? null : pointer.getString(0, "UTF-8");
    }

    /** Returns text as C wants it. */
    static byte[] forC(String what, String text) throws Failure {
        if (text.indexOf('\0') >= 0) {
            throw new Failure(Failure.INVALID_ARGUMENT, what + " contains a NUL character. Remove it", 0, null, Duration.ZERO);
        }
        return Native.toByteArray(text, StandardCharsets.UTF_8);
    }
}
