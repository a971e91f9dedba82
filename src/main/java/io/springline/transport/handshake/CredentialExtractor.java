package io.springline.transport.handshake;

import io.springline.auth.Credentials;
import io.springline.transport.WebSocketProperties;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * Removes credentials from requests before any filter, handler or access log sees them.
 *
 * <p>A request to an MCP endpoint loses {@code Authorization}, subprotocols with a token, the query
 * and {@code Referer}; the credentials are then in {@link Credentials.Extracted#ATTRIBUTE}. A
 * request to another path keeps its headers; only if its query or {@code Referer} contains a
 * configured URL token, that one is removed, and does not count as a credential.
 */
final class CredentialExtractor implements HttpConfiguration.Customizer {

    /** What a server that attaches says about itself. */
    private static final Set<String> ATTACH_PARAMETERS = Set.of("name", "instance", "resume");

    private final String path;
    private final Predicate<String> isUrlToken;

    /**
     * @param path of the main endpoint
     * @param isUrlToken returns true for the configured URL tokens
     */
    CredentialExtractor(String path, Predicate<String> isUrlToken) {
        this.path = path;
        this.isUrlToken = isUrlToken;
    }

    @Override
    public Request customize(Request request, HttpFields.Mutable responseHeaders) {
        String requested = Request.getPathInContext(request);
        return requested.equals(path) || requested.startsWith(path + "/")
                ? withoutCredentials(request, isAttach(requested) ? ATTACH_PARAMETERS : Set.of())
                : withoutUrlToken(request);
    }

    private boolean isAttach(String requested) {
        String attach = path + '/' + WebSocketProperties.ATTACH;
        return requested.equals(attach) || requested.equals(attach + '/');
    }

    /**
     * @param kept query parameters that are no credentials
     */
    private static Request withoutCredentials(Request request, Set<String> kept) {
        HttpURI uri = request.getHttpURI();
        HttpFields headers = request.getHeaders();
        List<String> authorization = headers.getValuesList(HttpHeader.AUTHORIZATION);
        List<String> offered = headers.getCSV(HttpHeader.SEC_WEBSOCKET_SUBPROTOCOL, false);
        var tokens = new ArrayList<String>();
        var subprotocols = new ArrayList<String>();
        offered.forEach(each -> (Credentials.isToken(each) ? tokens : subprotocols).add(each));
        boolean hasReferer = headers.contains(HttpHeader.REFERER);
        if (uri.getQuery() == null && authorization.isEmpty() && tokens.isEmpty() && !hasReferer) {
            return request;
        }
        request.setAttribute(
                Credentials.Extracted.ATTRIBUTE,
                new Credentials.Extracted(
                        authorization,
                        tokens,
                        values(uri.getQuery(), Credentials.TICKET_PARAMETER),
                        values(uri.getQuery(), Credentials.TOKEN_PARAMETER)));
        HttpURI rest = HttpURI.build(uri).query(only(kept, uri.getQuery())).asImmutable();
        return new WithoutCredentials(request, rest, without(headers, subprotocols));
    }

    private Request withoutUrlToken(Request request) {
        HttpURI uri = request.getHttpURI();
        HttpFields headers = request.getHeaders();
        boolean inQuery = hasUrlToken(uri.getQuery());
        String referer = headers.get(HttpHeader.REFERER);
        boolean inReferer =
                referer != null && hasUrlToken(referer.substring(referer.indexOf('?') + 1));
        if (!inQuery && !inReferer) {
            return request;
        }
        HttpFields rest =
                inReferer ? HttpFields.build(headers).remove(HttpHeader.REFERER) : headers;
        return new WithoutCredentials(request, inQuery ? withoutQuery(uri) : uri, rest);
    }

    private boolean hasUrlToken(@Nullable String query) {
        return values(query, Credentials.TOKEN_PARAMETER).stream().anyMatch(isUrlToken);
    }

    /**
     * Returns the decoded values of a query parameter. A value with invalid encoding is returned as
     * it is.
     */
    private static List<String> values(@Nullable String query, String name) {
        if (query == null) {
            return List.of();
        }
        var values = new ArrayList<String>();
        for (String parameter : query.split("&")) {
            int end = parameter.indexOf('=');
            if (end >= 0 && decode(parameter.substring(0, end)).equals(name)) {
                values.add(decode(parameter.substring(end + 1)));
            }
        }
        return values;
    }

    /** Returns the query with these parameters alone; null if there are none. */
    private static @Nullable String only(Set<String> names, @Nullable String query) {
        if (query == null || names.isEmpty()) {
            return null;
        }
        String rest =
                Arrays.stream(query.split("&"))
                        .filter(each -> names.contains(each.replaceFirst("=.*", "")))
                        .collect(Collectors.joining("&"));
        return rest.isEmpty() ? null : rest;
    }

    private static String decode(String encoded) {
        try {
            return URLDecoder.decode(encoded, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return encoded;
        }
    }

    private static HttpURI withoutQuery(HttpURI uri) {
        return HttpURI.build(uri).query(null).asImmutable();
    }

    private static HttpFields without(HttpFields headers, List<String> subprotocols) {
        HttpFields.Mutable rest = HttpFields.build();
        for (HttpField field : headers) {
            if (field.getHeader() != HttpHeader.AUTHORIZATION
                    && field.getHeader() != HttpHeader.REFERER
                    && field.getHeader() != HttpHeader.SEC_WEBSOCKET_SUBPROTOCOL) {
                rest.add(field);
            }
        }
        if (!subprotocols.isEmpty()) {
            rest.add(HttpHeader.SEC_WEBSOCKET_SUBPROTOCOL, String.join(", ", subprotocols));
        }
        return rest.asImmutable();
    }

    private static final class WithoutCredentials extends Request.Wrapper {

        private final HttpURI uri;
        private final HttpFields headers;

        WithoutCredentials(Request wrapped, HttpURI uri, HttpFields headers) {
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

        /** Does not include the original request, as a wrapper's text would. */
        @Override
        public String toString() {
            return getMethod() + " " + uri;
        }
    }
}
