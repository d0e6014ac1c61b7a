using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;

namespace SpotifyToken
{
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
            handle = ConfigHandle.Make(options, logger, keeper, Native.spotify_login_new);
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
}
