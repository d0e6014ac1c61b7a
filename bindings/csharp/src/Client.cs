using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;

namespace SpotifyToken
{
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
            handle = ConfigHandle.Make(options, logger, keeper, Native.spotify_client_new);
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
            Callbacks.RemoveLogger(handle.Logger);
            handle.Dispose();
        }

        private bool Running()
        {
            lock (gate)
                return running > 0;
        }
    }
}
