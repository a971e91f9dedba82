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
 * Where an upstream listens for Streamable HTTP.
 *
 * @param url absolute, http or https, without user info; a fragment is dropped
 * @param headers sent with every request, such as {@code Authorization}: their values are secrets.
 *     Those that the protocol sets are left out, see {@link #ignored}
 * @throws IllegalArgumentException naming what is wrong, never a header's value nor the URL
 */
public record HttpEndpoint(URI url, Map<String, String> headers) {

    /** What the transport sets itself, or what belongs to one connection. */
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
                    "url: has no valid host name (letters, digits, dots and hyphens)");
        }
        if (url.getPort() == 0 || url.getPort() > 65535) {
            throw new IllegalArgumentException("url: has no valid port");
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

    /** The names of headers that are left out, since the protocol sets them. */
    public static List<String> ignored(Map<String, String> headers) {
        return headers.keySet().stream().filter(HttpEndpoint::isProtocolHeader).sorted().toList();
    }

    /** Adds what a URL's {@code user:password@} means, unless there is an authorization. */
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

    /** Without the fragment, too, which is never sent. */
    static URI withoutUserInfo(URI url) {
        return URI.create(
                withoutQuery(url) + (url.getRawQuery() == null ? "" : "?" + url.getRawQuery()));
    }

    /** For people: without user info, query and fragment, which may hold secrets. */
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
                    "headers.%s: is not the name of a header".formatted(name));
        }
        if (!VALUE.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    "headers.%s: the value has a line break, or another character that HTTP forbids"
                            .formatted(name));
        }
    }

    @Override
    public String toString() {
        return "%s %s".formatted(withoutQuery(url), headers.keySet());
    }
}
