package io.springline.relay.config;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The URL and the request headers of an HTTP upstream.
 *
 * @param url absolute, http or https, without user info; the fragment is dropped
 * @param headers sent with every request, for example {@code Authorization}; values are secrets.
 *     Headers that the protocol sets are dropped, see {@link #ignored}
 * @throws IllegalArgumentException if the URL or a header is invalid; the message contains neither
 *     the URL nor a header value
 */
public record HttpEndpoint(URI url, Map<String, String> headers) {

    /** Headers that the transport sets itself, or that belong to one connection; in lower case. */
    private static final Set<String> PROTOCOL_HEADERS =
            Set.of(
                    "accept",
                    "accept-encoding",
                    "cache-control",
                    "connection",
                    "content-encoding",
                    "content-length",
                    "content-type",
                    "expect",
                    "host",
                    "http2-settings",
                    "keep-alive",
                    "last-event-id",
                    "mcp-method",
                    "mcp-name",
                    "mcp-protocol-version",
                    "mcp-session-id",
                    "proxy-connection",
                    "te",
                    "trailer",
                    "transfer-encoding",
                    "upgrade");

    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    private static final Pattern VALUE = Pattern.compile("[\\t -~\\x80-\\xFF]*");

    public HttpEndpoint {
        String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https")) {
            throw new IllegalArgumentException("url: must be an absolute http or https URL");
        }
        if (url.getHost() == null) {
            throw new IllegalArgumentException(
                    "url: the host name is missing or invalid (letters, digits, dots and hyphens)");
        }
        if (url.getPort() == 0 || url.getPort() > 65535) {
            throw new IllegalArgumentException("url: the port must be 1 to 65535");
        }
        if (url.getRawUserInfo() != null || url.getRawFragment() != null) {
            url = withoutUserInfo(url);
        }
        headers =
                headers.entrySet().stream()
                        .filter(header -> !isProtocolHeader(header.getKey()))
                        .collect(
                                Collectors.toUnmodifiableMap(
                                        Map.Entry::getKey, Map.Entry::getValue));
        headers.forEach(HttpEndpoint::check);
    }

    /** Returns the names of the headers that are dropped because the protocol sets them, sorted. */
    public static List<String> ignored(Map<String, String> headers) {
        return headers.keySet().stream().filter(HttpEndpoint::isProtocolHeader).sorted().toList();
    }

    /**
     * Returns the headers with the URL's {@code user:password@} as an {@code Authorization} header,
     * unless they have one.
     */
    static Map<String, String> withBasicAuthorization(Map<String, String> headers, URI url) {
        var all = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
        all.putAll(headers);
        String user =
                URLDecoder.decode(url.getRawUserInfo().replace("+", "%2B"), StandardCharsets.UTF_8);
        all.putIfAbsent(
                "Authorization",
                "Basic "
                        + Base64.getEncoder()
                                .encodeToString(user.getBytes(StandardCharsets.UTF_8)));
        return all;
    }

    /** Returns the URL without user info and fragment. */
    static URI withoutUserInfo(URI url) {
        return URI.create(
                withoutQuery(url) + (url.getRawQuery() == null ? "" : "?" + url.getRawQuery()));
    }

    /**
     * Returns the URL for display: without user info, query and fragment, which may hold secrets.
     */
    static URI withoutQuery(URI url) {
        String authority = String.valueOf(url.getRawAuthority());
        return URI.create(
                "%s://%s%s"
                        .formatted(
                                url.getScheme(),
                                authority.substring(authority.lastIndexOf('@') + 1),
                                url.getRawPath()));
    }

    private static boolean isProtocolHeader(String name) {
        String lower = name.strip().toLowerCase(Locale.ROOT);
        return PROTOCOL_HEADERS.contains(lower) || lower.startsWith("mcp-param-");
    }

    private static void check(String name, String value) {
        if (!TOKEN.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "headers.%s: is not a valid header name".formatted(name));
        }
        if (!VALUE.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    "headers.%s: the value contains a line break or another character that HTTP forbids"
                            .formatted(name));
        }
    }

    @Override
    public String toString() {
        return "%s %s".formatted(withoutQuery(url), headers.keySet());
    }
}
