using System;

namespace SpotifyToken
{
    /// <summary>A token. Its text is a copy in .NET's memory; ToString does not show it.</summary>
    public sealed class Token
    {
        /// <summary>The token's text.</summary>
        public string AccessToken { get; }

        /// <summary>The value of an Authorization header.</summary>
        public string Authorization { get; }

        /// <summary>The scopes of the token, separated by spaces.</summary>
        public string Scope { get; }

        /// <summary>When the token expires.</summary>
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

        /// <summary>Hides the token from logs.</summary>
        public override string ToString() => "Token until " + ExpiresAt.ToString("u");
    }
}
