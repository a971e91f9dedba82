package io.springline.websocket;

import io.springline.auth.Credentials;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Fields;
import org.eclipse.jetty.util.UrlEncoded;

/**
 * Takes credentials off upgrade requests at the very door, before anything can log, repeat or keep
 * them: behind it a request has no {@code Authorization}, no subprotocol with a token and no
 * ticket.
 */
final class CredentialLift implements HttpConfiguration.Customizer {

    private static final String WEBSOCKET = "websocket";

    private final String path;

    /**
     * @param path of the main endpoint; requests to others, unless below it, are left alone
     */
    CredentialLift(String path) {
        this.path = path;
    }

    @Override
    public Request customize(Request request, HttpFields.Mutable responseHeaders) {
        String requested = Request.getPathInContext(request);
        boolean ours = requested.equals(path) || requested.startsWith(path + "/");
        if (!ours || !request.getHeaders().contains(HttpHeader.UPGRADE, WEBSOCKET)) {
            return request;
        }
        HttpFields headers = request.getHeaders();
        List<String> tickets = tickets(request.getHttpURI());
        List<String> authorization = headers.getValuesList(HttpHeader.AUTHORIZATION);
        List<String> offered = headers.getCSV(HttpHeader.SEC_WEBSOCKET_SUBPROTOCOL, false);
        var tokens = new ArrayList<String>();
        var harmless = new ArrayList<String>();
        offered.forEach(each -> (Credentials.isToken(each) ? tokens : harmless).add(each));
        if (tickets.isEmpty() && authorization.isEmpty() && tokens.isEmpty()) {
            return request;
        }
        request.setAttribute(
                Credentials.Lifted.ATTRIBUTE,
                new Credentials.Lifted(authorization, tokens, tickets));
        return new Lifted(
                request,
                tickets.isEmpty() ? request.getHttpURI() : withoutQuery(request.getHttpURI()),
                without(headers, harmless));
    }

    private static List<String> tickets(HttpURI uri) {
        String query = uri.getQuery();
        if (query == null || !query.contains(Credentials.TICKET_PARAMETER)) {
            return List.of();
        }
        var parameters = new Fields();
        UrlEncoded.decodeUtf8To(query, parameters);
        return parameters.getValuesOrEmpty(Credentials.TICKET_PARAMETER);
    }

    /** This endpoint has no other parameter. */
    private static HttpURI withoutQuery(HttpURI uri) {
        return HttpURI.build(uri).query(null).asImmutable();
    }

    private static HttpFields without(HttpFields headers, List<String> harmless) {
        HttpFields.Mutable rest = HttpFields.build();
        for (HttpField field : headers) {
            if (field.getHeader() != HttpHeader.AUTHORIZATION
                    && field.getHeader() != HttpHeader.SEC_WEBSOCKET_SUBPROTOCOL) {
                rest.add(field);
            }
        }
        if (!harmless.isEmpty()) {
            rest.add(HttpHeader.SEC_WEBSOCKET_SUBPROTOCOL, String.join(", ", harmless));
        }
        return rest.asImmutable();
    }

    private static final class Lifted extends Request.Wrapper {

        private final HttpURI uri;
        private final HttpFields headers;

        Lifted(Request wrapped, HttpURI uri, HttpFields headers) {
            super(wrapped);
            this.uri = uri;
            this.headers = headers;
        }

        @Override
        public HttpURI getHttpURI() {
            return uri;
        }

        @Override
        public HttpFields getHeaders() {
            return headers;
        }
    }
}
