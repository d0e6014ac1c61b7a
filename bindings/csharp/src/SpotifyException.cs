using System;

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
}
