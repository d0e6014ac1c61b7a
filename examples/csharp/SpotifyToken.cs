// spotify-token for C#, with P/Invoke: a binding to copy into a program. Needs the installed shared library. Written for
// what .NET and Mono have in common.
//
//     using (var client = new Client())
//         request.Headers.Add("Authorization", (await client.TokenAsync()).Authorization);
//
// No function is declared to return `string`: the runtime would free the library's memory, and the process would abort.

using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading.Tasks;

namespace SpotifyToken
{
    /// <summary>Why there is no token. The message is for a person.</summary>
    public sealed class SpotifyException : Exception
    {
        /// <summary>One of SPOTIFY_ERROR_*.</summary>
        public int Code { get; }

        /// <summary>The constant's name.</summary>
        public string Name => Native.Text(Native.spotify_error_name(Code));

        /// <summary>Of the last answer; 0 when none arrived.</summary>
        public int HttpStatus { get; }

        /// <summary>The server's error code; null when it gave none.</summary>
        public string OAuthError { get; }

        /// <summary>How long the server asks to stay away; zero when it did not say.</summary>
        public TimeSpan RetryAfter { get; }

        internal SpotifyException(int code, string message, int httpStatus = 0, string oauthError = null, long retryAfter = 0)
            : base(message)
        {
            Code = code;
            HttpStatus = httpStatus;
            OAuthError = oauthError;
            RetryAfter = TimeSpan.FromSeconds(retryAfter);
        }
    }

    /// <summary>A token. Its text is .NET's own copy; ToString does not show it.</summary>
    public sealed class Token
    {
        public string AccessToken { get; }

        /// <summary>The value of an Authorization header.</summary>
        public string Authorization { get; }

        public string Scope { get; }

        public DateTimeOffset ExpiresAt { get; }

        private Token(ref Raw raw)
        {
            AccessToken = Native.Text(raw.AccessToken);
            Authorization = Native.Text(Native.spotify_token_authorization(ref raw));
            Scope = Native.Text(raw.Scope);
            ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(raw.ExpiresAt);
        }

        /// <summary>Copies what the library filled, and releases it.</summary>
        internal static Token Take(ref Raw raw)
        {
            try
            {
                if (raw.ErrorCode == 0)
                    return new Token(ref raw);
                throw new SpotifyException(
                    raw.ErrorCode,
                    Native.Text(raw.ErrorMessage),
                    raw.HttpStatus,
                    Native.Text(Native.spotify_token_oauth_error(ref raw)),
                    Native.spotify_token_retry_after(ref raw));
            }
            finally
            {
                Native.spotify_token_clear(ref raw);
            }
        }

        public override string ToString() => "Token until " + ExpiresAt.ToString("u");
    }

    /// <summary>A long-lived source of tokens, for any number of threads. Make one for each program.</summary>
    public sealed class Client : IDisposable
    {
        // Loggers live as long as the process: a request under way may outlive its client.
        private static readonly ConcurrentBag<LogFunction> Loggers = new ConcurrentBag<LogFunction>();

        private readonly ClientHandle handle;

        /// <param name="options">The library's, by name; null: those of the environment.</param>
        /// <param name="logger">Gets level and message, from any thread; null: none.</param>
        public Client(IDictionary<string, string> options = null, Action<int, string> logger = null)
        {
            Native.Check();
            using (var config = Native.spotify_config_new())
            {
                foreach (var option in options ?? new Dictionary<string, string>())
                    config.Set(option.Key, option.Value);
                if (logger != null)
                    Native.spotify_config_set_logger(config, Guarded(logger), IntPtr.Zero);
                handle = Native.spotify_client_new(config);
            }
        }

        /// <summary>A valid token. Blocks while the server must be asked.</summary>
        public Token Token()
        {
            var raw = new Raw();
            // The runtime counts this use of the handle: a Dispose meanwhile frees it after the call.
            Native.spotify_client_token_into(handle, ref raw);
            return SpotifyToken.Token.Take(ref raw);
        }

        /// <summary>The same in a thread of its own.</summary>
        public Task<Token> TokenAsync() => Task.Factory.StartNew(Token, TaskCreationOptions.LongRunning);

        /// <summary>Says that the Web API rejected this token.</summary>
        public void Invalidate(Token token) =>
            Native.spotify_client_invalidate(handle, Encoding.UTF8.GetBytes(token.AccessToken + "\0"));

        /// <summary>Ends the calls that wait now and releases the client. Twice is fine.</summary>
        public void Dispose()
        {
            if (!handle.IsClosed)
                Native.spotify_client_cancel(handle);
            handle.Dispose();
        }

        // There is C behind a logger: nothing that it throws may leave it.
        private static LogFunction Guarded(Action<int, string> logger)
        {
            LogFunction function = (userData, level, message) =>
            {
                try
                {
                    logger(level, Native.Text(message));
                }
                catch (Exception exception)
                {
                    Trace.TraceWarning("the logger threw: " + exception.Message);
                }
            };
            Loggers.Add(function);
            return function;
        }
    }

    /// <summary>The struct that the library fills. Strings stay pointers: they are released with the struct.</summary>
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

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate void LogFunction(IntPtr userData, int level, IntPtr message);

    internal sealed class ClientHandle : SafeHandle
    {
        private ClientHandle() : base(IntPtr.Zero, true) { }

        public override bool IsInvalid => handle == IntPtr.Zero;

        protected override bool ReleaseHandle()
        {
            Native.spotify_client_free(handle);
            return true;
        }
    }

    internal sealed class ConfigHandle : SafeHandle
    {
        private ConfigHandle() : base(IntPtr.Zero, true) { }

        public override bool IsInvalid => handle == IntPtr.Zero;

        public void Set(string name, string value)
        {
            var code = Native.spotify_config_set(this, Utf8(name), Utf8(value));
            if (code != 0)
                throw new SpotifyException(code, Native.Text(Native.spotify_config_error(this)));
        }

        protected override bool ReleaseHandle()
        {
            Native.spotify_config_free(handle);
            return true;
        }

        private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text + "\0");
    }

    /// <summary>The C functions.</summary>
    internal static class Native
    {
        // The loader finds it: in LD_LIBRARY_PATH, or where ldconfig looks. On .NET, NativeLibrary.SetDllImportResolver
        // can name another file; on Mono, a dllmap.
        private const string Library = "libspotify_token.so.0";

        [DllImport(Library)] internal static extern UIntPtr spotify_token_size();
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
        [DllImport(Library)] internal static extern int spotify_client_token_into(ClientHandle client, ref Raw token);
        [DllImport(Library)] internal static extern void spotify_client_invalidate(ClientHandle client, byte[] rejected);
        [DllImport(Library)] internal static extern void spotify_client_cancel(ClientHandle client);
        [DllImport(Library)] internal static extern void spotify_client_free(IntPtr client);

        internal static void Check()
        {
            var version = Text(spotify_version());
            if ((ulong)spotify_token_size() != (ulong)Marshal.SizeOf(typeof(Raw)) || !version.StartsWith("0."))
                throw new DllNotFoundException("the library is spotify-token " + version + "; this binding is for 0.x");
        }

        /// <summary>A copy of the library's UTF-8.</summary>
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
