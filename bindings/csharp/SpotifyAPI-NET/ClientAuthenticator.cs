// Tokens for SpotifyAPI-NET 7: copy this file into your program. It is not in the package, which would then need that library.
//
//     var tokens = new ClientAuthenticator(client);
//     var config = SpotifyClientConfig.CreateDefault().WithAuthenticator(tokens).WithRetryHandler(tokens);
//     var spotify = new SpotifyAPI.Web.SpotifyClient(config);

using System;
using System.Net;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using SpotifyAPI.Web;
using SpotifyAPI.Web.Http;

namespace SpotifyToken
{
    /// <summary>
    /// Adds a token of a client to each request. As the retry handler, it sends a request once more after a 401, with a new token, and
    /// leaves other errors to another handler.
    /// </summary>
    public sealed class ClientAuthenticator : IAuthenticator, IRetryHandler
    {
        private readonly Client client;
        private readonly IRetryHandler others;
        private readonly ConditionalWeakTable<IRequest, Token> used = new ConditionalWeakTable<IRequest, Token>();

        /// <param name="client">Where the tokens come from.</param>
        /// <param name="others">Handles other errors, such as SimpleRetryHandler; null: none does.</param>
        public ClientAuthenticator(Client client, IRetryHandler others = null)
        {
            this.client = client;
            this.others = others;
        }

        /// <summary>Is called for each request, and again for a second try.</summary>
        public async Task Apply(IRequest request, IAPIConnector apiConnector)
        {
            var token = await client.TokenAsync().ConfigureAwait(false);
            used.Remove(request);
            used.Add(request, token);
            request.Headers["Authorization"] = token.Authorization;
        }

        /// <summary>Is called after each response.</summary>
        public async Task<IResponse> HandleRetry(
            IRequest request, IResponse response, IRetryHandler.RetryFunc retry, CancellationToken cancel = default)
        {
            Token token;
            if (response.StatusCode == HttpStatusCode.Unauthorized && used.TryGetValue(request, out token))
            {
                client.Invalidate(token);
                response = await retry(request, cancel).ConfigureAwait(false);
            }
            return others == null ? response : await others.HandleRetry(request, response, retry, cancel).ConfigureAwait(false);
        }
    }
}
