package libspotifytoken;

import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;

/** Internal, and public for JNA alone: the struct that the library fills in. Strings stay pointers: they are released with the struct. */
@FieldOrder({"accessToken", "tokenType", "scope", "errorMessage", "expiresAt", "expiresIn", "errorCode", "httpStatus",
    "owner"})
public final class Raw extends Structure {
    public Pointer accessToken;
    public Pointer tokenType;
    public Pointer scope;
    public Pointer errorMessage;
    public long expiresAt;
    public long expiresIn;
    public int errorCode;
    public int httpStatus;
    public Pointer owner;
}
