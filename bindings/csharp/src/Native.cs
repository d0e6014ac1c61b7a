using System;
using System.Runtime.InteropServices;
using System.Text;

namespace SpotifyToken
{
    /// <summary>The C functions.</summary>
    internal static class Native
    {
        internal const int InvalidArgument = 1;
        internal const int NotCached = 40;

        private const int AbiVersion = 0;

        // .NET looks into the package, and Mono beside the assembly, for libspotify_token.so or spotify_token.dll, and the system's
        // loader after that. SpotifyToken.dll.config tells Mono the loader's name of the library.
        private const string Library = "spotify_token";

        [DllImport(Library)] internal static extern UIntPtr spotify_token_size();
        [DllImport(Library)] internal static extern int spotify_abi_version();
        [DllImport(Library)] internal static extern IntPtr spotify_version();
        [DllImport(Library)] internal static extern IntPtr spotify_error_name(int code);
        [DllImport(Library)] internal static extern void spotify_token_clear(ref Raw token);
        [DllImport(Library)] internal static extern IntPtr spotify_token_authorization(ref Raw token);
        [DllImport(Library)] internal static extern IntPtr spotify_token_oauth_error(ref Raw token);
        [DllImport(Library)] internal static extern long spotify_token_retry_after(ref Raw token);
        [DllImport(Library)] internal static extern ConfigHandle spotify_config_new();
        [DllImport(Library)] internal static extern int spotify_config_set(ConfigHandle config, byte[] name, byte[] value);
        [DllImport(Library)] internal static extern int spotify_config_set_logger(
            ConfigHandle config, LogFunction function, IntPtr userData);
        [DllImport(Library)] internal static extern IntPtr spotify_config_error(ConfigHandle config);
        [DllImport(Library)] internal static extern void spotify_config_free(IntPtr config);
        [DllImport(Library)] internal static extern ClientHandle spotify_client_new(ConfigHandle config);
        [DllImport(Library)] internal static extern int spotify_client_cached_into(ClientHandle client, ref Raw token);
        [DllImport(Library)] internal static extern int spotify_client_token_into(ClientHandle client, ref Raw token);
        [DllImport(Library)] internal static extern void spotify_client_invalidate(ClientHandle client, byte[] rejected);
        [DllImport(Library)] internal static extern void spotify_client_cancel(ClientHandle client);
        [DllImport(Library)] internal static extern void spotify_client_free(IntPtr client);
        [DllImport(Library)] internal static extern int spotify_config_set_refresh_token_fn(
            ConfigHandle config, RefreshTokenFunction function, IntPtr userData);
        [DllImport(Library)] internal static extern LoginHandle spotify_login_new(ConfigHandle config);
        [DllImport(Library)] internal static extern IntPtr spotify_login_url(LoginHandle login);
        [DllImport(Library)] internal static extern int spotify_login_wait_into(
            LoginHandle login, long timeoutMs, ref Raw token);
        [DllImport(Library)] internal static extern int spotify_login_finish_into(
            LoginHandle login, byte[] redirectedTo, ref Raw token);
        [DllImport(Library)] internal static extern void spotify_login_cancel(LoginHandle login);
        [DllImport(Library)] internal static extern void spotify_login_free(IntPtr login);
        [DllImport(Library)] internal static extern int spotify_logout(ConfigHandle config);
        [DllImport(Library)] internal static extern IntPtr spotify_error_description(int code);

        internal static void Check()
        {
            int abi;
            try
            {
                abi = spotify_abi_version();
            }
            catch (DllNotFoundException exception)
            {
                throw new DllNotFoundException("libspotify_token.so.0 cannot be loaded: " + exception.Message, exception);
            }
            if ((ulong)spotify_token_size() != (ulong)Marshal.SizeOf(typeof(Raw)) || abi != AbiVersion)
                throw new DllNotFoundException(
                    "the library is spotify-token " + Text(spotify_version()) + " with ABI " + abi + "; this package needs ABI " +
                    AbiVersion);
        }

        /// <summary>Returns text as C wants it.</summary>
        internal static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text + "\0");

        /// <summary>Returns a copy of the library's text.</summary>
        internal static string Text(IntPtr pointer)
        {
            if (pointer == IntPtr.Zero)
                return null;
            var length = 0;
            while (Marshal.ReadByte(pointer, length) != 0)
                length++;
            var bytes = new byte[length];
            Marshal.Copy(pointer, bytes, 0, length);
            return Encoding.UTF8.GetString(bytes);
        }
    }
}
