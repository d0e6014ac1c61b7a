// spotify-token for C#, with P/Invoke: a binding to copy into a program. Needs the installed shared library. Uses only what
// .NET and Mono have in common.
//
//     using (var client = new Client())
//         request.Headers.Add("Authorization", (await client.TokenAsync()).Authorization);
//
// A token that speaks for a user, who logs in once:
//
//     var options = new Dictionary<string, string> { ["grant"] = "user", ["scope"] = "playlist-read-private" };
//     using (var login = new Login(options))
//     {
//         Console.WriteLine("Open " + login.Url);
//         await login.WaitAsync();
//     }
//     var client = new Client(options);
//
// No function is declared to return `string`: the runtime would free the library's memory, and the process would abort.

using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace SpotifyToken
{
    /// <summary>Says why there is no token. The message is for a person.</summary>
    public sealed class SpotifyException : Exception
    {
        /// <summary>One of SPOTIFY_ERROR_*.</summary>
        public int Code { get; }

        /// <summary>The name of that constant.</summary>
        public string Name => Native.Text(Native.spotify_error_name(Code));

        /// <summary>Status of the last response; 0 when there was none.</summary>
        public int HttpStatus { get; }

        /// <summary>The server's error code; null when it sent none.</summary>
        public string OAuthError { get; }

        /// <summary>How long the server asks to wait before the next request; zero when it did not say.</summary>
        public TimeSpan RetryAfter { get; }

        internal SpotifyException(int code, string message, int httpStatus = 0, string oauthError = null, long retryAfter = 0)
            : base(message)
        {
            Code = code;
            HttpStatus = httpStatus;
            OAuthError = oauthError;
            RetryAfter = TimeSpan.FromSeconds(Math.Min(retryAfter, (long)TimeSpan.MaxValue.TotalSeconds - 1));
        }
    }

    /// <summary>A token. Its text is a copy in .NET's memory; ToString does not show it.</summary>
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
            var latest = DateTimeOffset.MaxValue.ToUnixTimeSeconds();
            ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(Math.Min(raw.ExpiresAt, latest));
        }

        /// <summary>Copies what the library has filled in, and releases it.</summary>
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
        private readonly ClientHandle handle;
        private readonly object gate = new object();

        // The call that asks the server now, in a thread of its own; null: none. All callers wait for it in .NET, where a wait
        // can be cancelled.
        private TaskCompletionSource<Token> request;
        private int running;
        private bool closed;

        // For how many seconds before its end a token may be due for a refresh. Only spotify_client_token_into refreshes it, so it
        // is taken from there then, and not from spotify_client_cached_into.
        private const int RefreshBefore = 300;

        /// <param name="options">Those of the library, by name; null: those of the environment.</param>
        /// <param name="logger">Receives level and message, from any thread; null: none.</param>
        /// <param name="keeper">Receives each new refresh token, for a program that keeps them itself; null: none.</param>
        public Client(
            IDictionary<string, string> options = null, Action<int, string> logger = null, Action<string> keeper = null)
        {
            Native.Check();
            using (var config = Native.spotify_config_new())
            {
                var number = config.Prepare(options, logger, keeper);
                handle = Native.spotify_client_new(config);
                handle.Logger = number;
            }
            handle.CloseAtExit(this, client => client.Close(TimeSpan.FromSeconds(1)));
        }

        /// <summary>Returns a valid token, from the cache or from the server.</summary>
        /// <param name="cancellation">Ends the wait. The request goes on: other threads may wait for it too.</param>
        public Token Token(CancellationToken cancellation = default(CancellationToken))
        {
            var asked = CachedOrAsked();
            Task.WaitAny(new Task[] { asked }, cancellation);
            return asked.GetAwaiter().GetResult();
        }

        /// <summary>Does the same without blocking the thread.</summary>
        public Task<Token> TokenAsync(CancellationToken cancellation = default(CancellationToken)) =>
            CachedOrAsked().ContinueWith(
                asked => asked.GetAwaiter().GetResult(),
                cancellation,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);

        /// <summary>Reports that the Web API rejected this token.</summary>
        public void Invalidate(Token token)
        {
            Native.spotify_client_invalidate(handle, Native.Utf8(token.AccessToken));
            // A request that began before may bring the rejected token.
            lock (gate)
                request = null;
        }

        /// <summary>Ends the calls that wait now and releases the client. Twice is fine.</summary>
        public void Dispose() => Close(TimeSpan.Zero);

        private Task<Token> CachedOrAsked()
        {
            var raw = new Raw();
            // The runtime counts this use of the handle: it is not freed before the call returns.
            Native.spotify_client_cached_into(handle, ref raw);
            var isDue = raw.ErrorCode == 0 && raw.ExpiresIn <= RefreshBefore;
            if (raw.ErrorCode != Native.NotCached && !isDue)
                return Task.FromResult(SpotifyToken.Token.Take(ref raw));
            Native.spotify_token_clear(ref raw);
            lock (gate)
            {
                if (closed)
                    throw new ObjectDisposedException(nameof(Client));
                if (request == null)
                {
                    var asked = new TaskCompletionSource<Token>(TaskCreationOptions.RunContinuationsAsynchronously);
                    new Thread(() => Run(asked)) { IsBackground = true, Name = "spotify-token" }.Start();
                    running++;
                    request = asked;
                }
                return request.Task;
            }
        }

        private void Run(TaskCompletionSource<Token> asked)
        {
            Token token = null;
            Exception failure = null;
            try
            {
                var raw = new Raw();
                Native.spotify_client_token_into(handle, ref raw);
                token = SpotifyToken.Token.Take(ref raw);
            }
            catch (Exception exception)
            {
                failure = exception;
            }
            lock (gate)
            {
                running--;
                if (request == asked)
                    request = null;
            }
            if (failure == null)
                asked.TrySetResult(token);
            else
                asked.TrySetException(failure);
        }

        /// <summary>Closes the client, and waits so long for the calls to return.</summary>
        internal void Close(TimeSpan patience)
        {
            TaskCompletionSource<Token> waiting;
            lock (gate)
            {
                if (closed)
                    return;
                closed = true;
                waiting = request;
                request = null;
            }
            waiting?.TrySetException(new ObjectDisposedException(nameof(Client)));
            var waited = Stopwatch.StartNew();
            do
            {
                // Once more each time: a call may have been on its way.
                Native.spotify_client_cancel(handle);
            } while (waited.Elapsed < patience && Running() && !Thread.CurrentThread.Join(10));
            // Not the keeper: a new refresh token may still arrive.
            Loggers.RemoveLogger(handle.Logger);
            handle.Dispose();
        }

        private bool Running()
        {
            lock (gate)
                return running > 0;
        }
    }

    /// <summary>
    /// Lets a user log in, once, in a browser. Open the address there, then wait, or finish with what the browser shows. Both may
    /// be called at the same time: the first to succeed ends the other, which returns the same token.
    /// </summary>
    public sealed class Login : IDisposable
    {
        /// <summary>The code of an error: the time ran out, and the call can be made again.</summary>
        public const int Timeout = 13;

        /// <summary>The code of an error: the user has to log in.</summary>
        public const int Required = 25;

        // How long a wait for the browser is in C, in milliseconds. Between two turns it sees whether it was given up.
        private const long Turn = 100;

        private readonly LoginHandle handle;
        private int running;
        private int closed;

        private delegate void Asking(ref Raw raw);

        /// <param name="options">Those of the library, by name; null: those of the environment.</param>
        /// <param name="logger">Receives level and message, from any thread; null: none.</param>
        /// <param name="keeper">Receives the refresh token, and nothing is stored; null: none.</param>
        public Login(
            IDictionary<string, string> options = null, Action<int, string> logger = null, Action<string> keeper = null)
        {
            Native.Check();
            using (var config = Native.spotify_config_new())
            {
                var number = config.Prepare(options, logger, keeper);
                handle = Native.spotify_login_new(config);
                handle.Logger = number;
            }
            handle.CloseAtExit(this, login => login.Close(TimeSpan.FromSeconds(1)));
            Url = Native.Text(Native.spotify_login_url(handle));
            if (Url != null)
                return;
            using (this)
                WaitTurn(0);
        }

        /// <summary>The address to open.</summary>
        public string Url { get; }

        /// <summary>Waits for the browser, stores the login and returns the token.</summary>
        /// <param name="timeout">After it, an error with the code Timeout is thrown; null: as long as it takes.</param>
        /// <param name="cancellation">Ends the wait and not the login: it can be called again.</param>
        public Token Wait(TimeSpan? timeout = null, CancellationToken cancellation = default(CancellationToken))
        {
            var limit = timeout == System.Threading.Timeout.InfiniteTimeSpan ? null : timeout;
            var waited = Stopwatch.StartNew();
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                var left = limit == null ? Turn : Math.Max(0, (long)(limit.Value - waited.Elapsed).TotalMilliseconds);
                try
                {
                    return WaitTurn(Math.Min(left, Turn));
                }
                catch (SpotifyException exception) when (exception.Code == Timeout)
                {
                    if (limit != null && left <= Turn)
                        throw NotWithin(limit.Value);
                }
            }
        }

        /// <summary>Does the same without blocking the thread.</summary>
        public Task<Token> WaitAsync(TimeSpan? timeout = null, CancellationToken cancellation = default(CancellationToken)) =>
            Task.Factory.StartNew(
                () => Wait(timeout, cancellation), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        /// <summary>Completes the login with the address that the browser shows after it, or with its code.</summary>
        public Token Finish(string redirectedTo)
        {
            if (redirectedTo.IndexOf('\0') >= 0)
                throw new SpotifyException(Native.InvalidArgument, "the address contains a NUL character. Remove it");
            var text = Native.Utf8(redirectedTo);
            return Ask((ref Raw raw) => Native.spotify_login_finish_into(handle, text, ref raw));
        }

        private Token WaitTurn(long milliseconds) =>
            Ask((ref Raw raw) => Native.spotify_login_wait_into(handle, milliseconds, ref raw));

        private static SpotifyException NotWithin(TimeSpan limit)
        {
            var time = limit < TimeSpan.Zero ? TimeSpan.Zero : limit;
            var text = time.Milliseconds == 0 ? (long)time.TotalSeconds + " s" : (long)time.TotalMilliseconds + " ms";
            return new SpotifyException(
                Timeout,
                "the browser has not come back within " + text +
                ". Wait again, or paste the address that the browser shows after the login");
        }

        private Token Ask(Asking ask)
        {
            var raw = new Raw();
            Interlocked.Increment(ref running);
            try
            {
                ask(ref raw);
            }
            finally
            {
                Interlocked.Decrement(ref running);
            }
            return SpotifyToken.Token.Take(ref raw);
        }

        /// <summary>Forgets the stored login of the account that these options name.</summary>
        public static void Logout(IDictionary<string, string> options = null)
        {
            Native.Check();
            using (var config = Native.spotify_config_new())
            {
                config.Prepare(options, null, null);
                var code = Native.spotify_logout(config);
                if (code != 0)
                    throw new SpotifyException(code, Native.Text(Native.spotify_error_description(code)));
            }
        }

        /// <summary>Ends the login: calls that wait fail with SPOTIFY_ERROR_CANCELLED, and so do later ones.</summary>
        public void Cancel()
        {
            try
            {
                Native.spotify_login_cancel(handle);
            }
            catch (ObjectDisposedException) { } // it has ended
        }

        /// <summary>Ends the login. It is released when the last call has returned. Twice is fine.</summary>
        public void Dispose() => Close(TimeSpan.Zero);

        /// <summary>Ends the login, and waits so long for the calls to return.</summary>
        private void Close(TimeSpan patience)
        {
            if (Interlocked.Exchange(ref closed, 1) == 1)
                return;
            Native.spotify_login_cancel(handle);
            var waited = Stopwatch.StartNew();
            while (waited.Elapsed < patience && Volatile.Read(ref running) > 0)
                Thread.CurrentThread.Join(10);
            handle.Dispose();
        }
    }

    /// <summary>The loggers and keepers, by number. C knows the number and one function of each kind, which is never
    /// collected.</summary>
    internal static class Loggers
    {
        private static readonly ConcurrentDictionary<IntPtr, Action<int, string>> Known =
            new ConcurrentDictionary<IntPtr, Action<int, string>>();

        private static readonly ConcurrentDictionary<IntPtr, Action<string>> Keepers =
            new ConcurrentDictionary<IntPtr, Action<string>>();

        private static long last;

        internal static readonly LogFunction Function = Log;

        internal static readonly RefreshTokenFunction KeepFunction = Keep;

        internal static IntPtr Add(Action<int, string> logger, Action<string> keeper)
        {
            if (logger == null && keeper == null)
                return IntPtr.Zero;
            var number = new IntPtr(Interlocked.Increment(ref last));
            if (logger != null)
                Known[number] = logger;
            if (keeper != null)
                Keepers[number] = keeper;
            return number;
        }

        internal static void RemoveLogger(IntPtr number) => Known.TryRemove(number, out _);

        internal static void Remove(IntPtr number)
        {
            RemoveLogger(number);
            Keepers.TryRemove(number, out _);
        }

        private static void Keep(IntPtr number, IntPtr refreshToken)
        {
            try
            {
                if (Keepers.TryGetValue(number, out var keeper))
                    keeper(Native.Text(refreshToken));
            }
            catch (Exception exception)
            {
                Trace.TraceWarning("the keeper threw: " + exception.Message);
            }
        }

        // C is behind this function: no exception may leave it.
        private static void Log(IntPtr number, int level, IntPtr message)
        {
            try
            {
                if (Known.TryGetValue(number, out var logger))
                    logger(level, Native.Text(message));
            }
            catch (Exception exception)
            {
                Trace.TraceWarning("the logger threw: " + exception.Message);
            }
        }
    }

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

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate void LogFunction(IntPtr userData, int level, IntPtr message);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate void RefreshTokenFunction(IntPtr userData, IntPtr refreshToken);

    /// <summary>A handle of the library that calls loggers and keepers.</summary>
    internal abstract class CallingHandle : SafeHandle
    {
        private EventHandler atExit;

        internal IntPtr Logger;

        protected CallingHandle() : base(IntPtr.Zero, true) { }

        public override bool IsInvalid => handle == IntPtr.Zero;

        /// <summary>Closes its owner when the process ends: a call or a logger that runs then would keep Mono from
        /// ending.</summary>
        internal void CloseAtExit<TOwner>(TOwner owner, Action<TOwner> close) where TOwner : class
        {
            var weak = new WeakReference<TOwner>(owner);
            atExit = (sender, arguments) =>
            {
                if (weak.TryGetTarget(out var open))
                    close(open);
            };
            AppDomain.CurrentDomain.ProcessExit += atExit;
        }

        protected abstract void Free();

        protected override bool ReleaseHandle()
        {
            Free();
            Loggers.Remove(Logger);
            AppDomain.CurrentDomain.ProcessExit -= atExit;
            return true;
        }
    }

    internal sealed class LoginHandle : CallingHandle
    {
        protected override void Free() => Native.spotify_login_free(handle);
    }

    internal sealed class ClientHandle : CallingHandle
    {
        protected override void Free() => Native.spotify_client_free(handle);
    }

    internal sealed class ConfigHandle : SafeHandle
    {
        private ConfigHandle() : base(IntPtr.Zero, true) { }

        public override bool IsInvalid => handle == IntPtr.Zero;

        /// <summary>Sets options and functions; returns the number of the functions.</summary>
        public IntPtr Prepare(IDictionary<string, string> options, Action<int, string> logger, Action<string> keeper)
        {
            foreach (var option in options ?? new Dictionary<string, string>())
                if (option.Value != null)
                    Set(option.Key, option.Value);
            var number = Loggers.Add(logger, keeper);
            if (logger != null)
                Native.spotify_config_set_logger(this, Loggers.Function, number);
            if (keeper != null)
                Native.spotify_config_set_refresh_token_fn(this, Loggers.KeepFunction, number);
            return number;
        }

        public void Set(string name, string value)
        {
            if (name.IndexOf('\0') >= 0 || value.IndexOf('\0') >= 0)
                throw new SpotifyException(
                    Native.InvalidArgument, "the name or the value of an option contains a NUL character. Remove it");
            var code = Native.spotify_config_set(this, Native.Utf8(name), Native.Utf8(value));
            if (code != 0)
                throw new SpotifyException(code, Native.Text(Native.spotify_config_error(this)));
        }

        protected override bool ReleaseHandle()
        {
            Native.spotify_config_free(handle);
            return true;
        }
    }

    /// <summary>The C functions.</summary>
    internal static class Native
    {
        internal const int InvalidArgument = 1;
        internal const int NotCached = 40;

        private const int AbiVersion = 0;

        // The loader finds it in LD_LIBRARY_PATH, or where ldconfig looks. On .NET, NativeLibrary.SetDllImportResolver can name
        // another file; on Mono, a dllmap.
        private const string Library = "libspotify_token.so.0";

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
            var abi = spotify_abi_version();
            if ((ulong)spotify_token_size() != (ulong)Marshal.SizeOf(typeof(Raw)) || abi != AbiVersion)
                throw new DllNotFoundException(
                    "the library is spotify-token " + Text(spotify_version()) + " with ABI " + abi + "; this binding needs ABI " +
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
