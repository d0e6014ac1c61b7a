// Tokens for spotify-web-api-java: copy this file into your program. It is not in the jar, which would then need that library.
//
//     var spotify = new SpotifyApi.Builder().setHttpManager(new TokenHttpManager(client)).setAccessToken("-").build();

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import libspotifytoken.Client;
import libspotifytoken.Failure;
import libspotifytoken.Token;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.ParseException;
import org.apache.hc.core5.http.message.BasicHeader;
import se.michaelthelin.spotify.IHttpManager;
import se.michaelthelin.spotify.SpotifyApi;
import se.michaelthelin.spotify.exceptions.SpotifyWebApiException;
import se.michaelthelin.spotify.exceptions.detailed.UnauthorizedException;

/**
 * Puts a token of a client into each request, in place of the one that SpotifyApi was made with. After a 401 it sends the request
 * once more, with a new token, unless its body can be read only once.
 */
public final class TokenHttpManager implements IHttpManager {
    private final Client client;
    private final IHttpManager manager;

    /** Sends requests as SpotifyApi does by itself. */
    public TokenHttpManager(Client client) {
        this(client, SpotifyApi.DEFAULT_HTTP_MANAGER);
    }

    /** Sends requests with this manager. */
    public TokenHttpManager(Client client, IHttpManager manager) {
        this.client = client;
        this.manager = manager;
    }

    private interface Request {
        String send(Header[] headers) throws IOException, SpotifyWebApiException, ParseException;
    }

    @Override
    public String get(URI uri, Header[] headers) throws IOException, SpotifyWebApiException, ParseException {
        return send(headers, null, changed -> manager.get(uri, changed));
    }

    @Override
    public String post(URI uri, Header[] headers, HttpEntity body)
        throws IOException, SpotifyWebApiException, ParseException {
        return send(headers, body, changed -> manager.post(uri, changed, body));
    }

    @Override
    public String put(URI uri, Header[] headers, HttpEntity body)
        throws IOException, SpotifyWebApiException, ParseException {
        return send(headers, body, changed -> manager.put(uri, changed, body));
    }

    @Override
    public String delete(URI uri, Header[] headers, HttpEntity body)
        throws IOException, SpotifyWebApiException, ParseException {
        return send(headers, body, changed -> manager.delete(uri, changed, body));
    }

    private String send(Header[] headers, HttpEntity body, Request request)
        throws IOException, SpotifyWebApiException, ParseException {
        var token = token();
        try {
            return request.send(with(token, headers));
        } catch (UnauthorizedException rejected) {
            client.invalidate(token);
            if (body != null && !body.isRepeatable()) {
                throw rejected;
            }
        }
        return request.send(with(token(), headers));
    }

    private Token token() throws IOException {
        try {
            return client.token();
        } catch (Failure failure) {
            throw new IOException(failure.name() + ": " + failure.getMessage(), failure);
        } catch (InterruptedException exception) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the thread was interrupted while it waited for a token");
        }
    }

    private static Header[] with(Token token, Header[] headers) {
        var changed = headers.clone();
        for (int i = 0; i < changed.length; i++) {
            if (changed[i].getName().equalsIgnoreCase("Authorization")) {
                changed[i] = new BasicHeader("Authorization", token.authorization());
            }
        }
        return changed;
    }
}
