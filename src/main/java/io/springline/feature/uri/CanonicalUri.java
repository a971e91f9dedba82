package io.springline.feature.uri;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The spelling to which servers change a URI before they use it, as far as rules must know it. A
 * server that uses the WHATWG URL parser or decodes paths reads {@code FILE:///a/../b} and {@code
 * file:///%62} as {@code file:///b}.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc3986#section-6.2.2">RFC 3986, 6.2.2</a>
 * @see <a href="https://url.spec.whatwg.org/">URL Standard</a>
 */
public final class CanonicalUri {

    private static final Pattern PARTS =
            Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):([^?#]*)(.*)", Pattern.DOTALL);

    /** In URIs of these schemes a backslash is a slash, and a host has no upper case. */
    private static final Set<String> SPECIAL = Set.of("http", "https", "ws", "wss", "ftp", "file");

    private static final Pattern AUTHORITY = Pattern.compile("//([^/]*)(.*)", Pattern.DOTALL);
    private static final Pattern DEFAULT_PORT =
            Pattern.compile("(http|ws):(.*):80|(https|wss):(.*):443|(ftp):(.*):21");
    private static final Pattern ESCAPE = Pattern.compile("%([0-9A-Fa-f]{2})");
    private static final Pattern DOTS = Pattern.compile("(?:.*/)?\\.\\.?(?:/.*)?", Pattern.DOTALL);

    private CanonicalUri() {}

    /** Returns the canonical spelling; the text itself if it is no URI. */
    public static String of(String uri) {
        String text = uri.strip().replaceAll("[\\x00-\\x1f]", "");
        Matcher parts = PARTS.matcher(text);
        if (!parts.matches()) {
            return uri;
        }
        String scheme = parts.group(1).toLowerCase(Locale.ROOT);
        String path = parts.group(2);
        String authority = "";
        if (SPECIAL.contains(scheme)) {
            path = withSlashes(scheme, path);
        }
        Matcher withAuthority = AUTHORITY.matcher(path);
        if (withAuthority.matches()) {
            authority = "//" + host(scheme, withAuthority.group(1));
            path = withAuthority.group(2);
        }
        return scheme + ":" + authority + path(path) + unreserved(parts.group(3));
    }

    private static String withSlashes(String scheme, String path) {
        String slashes = path.replace('\\', '/');
        if (!scheme.equals("file")) {
            return "//" + slashes.replaceFirst("^/+", "");
        }
        return slashes.startsWith("//")
                ? slashes
                : "//" + (slashes.startsWith("/") ? "" : "/") + slashes;
    }

    private static String host(String scheme, String authority) {
        if (!SPECIAL.contains(scheme)) {
            return authority;
        }
        String host =
                unreserved(authority.substring(authority.lastIndexOf('@') + 1))
                        .toLowerCase(Locale.ROOT);
        if (scheme.equals("file") && host.equals("localhost")) {
            return "";
        }
        return DEFAULT_PORT.matcher(scheme + ":" + host).matches()
                ? host.substring(0, host.lastIndexOf(':'))
                : host;
    }

    /**
     * Returns the path without dot segments. Escaped slashes are decoded only if there are dot
     * segments between them, since otherwise they belong to a name.
     */
    private static String path(String path) {
        String decoded = unescaped(path, _ -> true).replace('\\', '/');
        return DOTS.matcher(decoded).matches() ? withoutDots(decoded) : unreserved(path);
    }

    private static String withoutDots(String path) {
        Deque<String> kept = new ArrayDeque<>();
        String[] segments = path.split("/", -1);
        for (String segment : segments) {
            switch (segment) {
                case "", "." -> {}
                case ".." -> kept.pollLast();
                default -> kept.addLast(segment);
            }
        }
        String last = segments[segments.length - 1];
        boolean isFolder = !kept.isEmpty() && !last.equals(kept.peekLast());
        return (path.startsWith("/") ? "/" : "") + String.join("/", kept) + (isFolder ? "/" : "");
    }

    private static String unreserved(String text) {
        return unescaped(
                text,
                each -> Character.isLetterOrDigit(each) && each < 128 || "-._~".indexOf(each) >= 0);
    }

    private interface Decoded {
        boolean test(char escaped);
    }

    private static String unescaped(String text, Decoded decoded) {
        return ESCAPE.matcher(text)
                .replaceAll(found -> Matcher.quoteReplacement(unescaped(found, decoded)));
    }

    private static String unescaped(MatchResult escape, Decoded decoded) {
        char plain = (char) Integer.parseInt(escape.group(1), 16);
        return plain < 128 && decoded.test(plain) ? String.valueOf(plain) : escape.group();
    }
}
