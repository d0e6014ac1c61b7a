using System;
using System.Runtime.InteropServices;

namespace SpotifyToken
{
    /// <summary>The struct that the library fills in. Strings stay pointers: they are released with the struct.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Raw
    {
        public IntPtr AccessToken;
        public IntPtr TokenType;
        public IntPtr Scope;
        public IntPtr ErrorMessage;
        public long ExpiresAt;
        public long ExpiresIn;
        public int ErrorCode;
        public int HttpStatus;
        public IntPtr Owner;
    }
}
