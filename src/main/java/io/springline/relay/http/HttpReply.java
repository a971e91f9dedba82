package io.springline.relay.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.PushbackInputStream;
import java.net.URI;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.http.HttpFields;
import org.jspecify.annotations.Nullable;

/** An upstream's response: its status and headers, and its body as it arrives. For one thread. */
final class HttpReply {

    private static final String EVENTS = "text/event-stream";

    private final Request request;
    private final URI url;
    private final int status;
    private final HttpFields headers;
    private final InputStream raw;
    private @Nullable PushbackInputStream body;

    HttpReply(Request request, URI url, Response response, InputStream raw) {
        this.request = request;
        this.url = url;
        this.status = response.getStatus();
        this.headers = response.getHeaders();
        this.raw = raw;
    }

    /** Where it came from, after redirects. */
    URI url() {
        return url;
    }

    int status() {
        return status;
    }

    @Nullable String header(String name) {
        return headers.get(name);
    }

    boolean isSuccess() {
        return status / 100 == 2;
    }

    boolean isRedirect() {
        return switch (status) {
            case 301, 302, 303, 307, 308 -> true;
            default -> false;
        };
    }

    /** Returns true if the upstream announced an event stream, which may be silent for long. */
    boolean isAnnouncedAsStream() {
        return type().startsWith(EVENTS);
    }

    /**
     * Returns true if the body is an event stream. Many servers send no Content-Type, or a wrong
     * one, so the first byte decides: JSON begins with a bracket, HTML with {@code <}, a line of an
     * event stream with a letter or a colon. Blocks until that byte has come.
     */
    boolean isStream() throws IOException, HttpFailure {
        return switch (firstByte()) {
            case '{', '[', '<', '"' -> false;
            case ':', 'd', 'e', 'i', 'r' -> true;
            default -> isAnnouncedAsStream();
        };
    }

    /** Skips a byte order mark and white space, which no message needs; -1 at the end. */
    private int firstByte() throws IOException, HttpFailure {
        PushbackInputStream in = body();
        int first;
        do {
            first = in.read();
        } while (first == 0xEF || first == 0xBB || first == 0xBF || isSpace(first));
        if (first >= 0) {
            in.unread(first);
        }
        return first;
    }

    private static boolean isSpace(int b) {
        return b == ' ' || b == '\t' || b == '\n' || b == '\r';
    }

    /**
     * Returns the body without its Content-Encoding. We ask for none, yet some servers and proxies
     * compress all the same.
     */
    PushbackInputStream body() throws IOException, HttpFailure {
        if (body == null) {
            body = new PushbackInputStream(decoded());
        }
        return body;
    }

    private InputStream decoded() throws IOException, HttpFailure {
        String encoding = String.join(",", headers.getValuesList("Content-Encoding"));
        return switch (encoding.strip().toLowerCase(Locale.ROOT)) {
            case "", "identity" -> raw;
            case "gzip", "x-gzip" -> unzipped();
            case "deflate" -> inflated();
            default ->
                    throw new HttpFailure(
                            "upstream sent Content-Encoding '%s', which was not asked for"
                                    .formatted(ModernHeaders.encoded(encoding)));
        };
    }

    private InputStream unzipped() throws IOException {
        var in = new PushbackInputStream(raw);
        int first = in.read();
        if (first < 0) {
            return in;
        }
        in.unread(first);
        return new GZIPInputStream(in, 8192);
    }

    /** {@code deflate} is a zlib stream; some servers leave out its header. */
    private InputStream inflated() throws IOException {
        var in = new PushbackInputStream(raw);
        int first = in.read();
        if (first < 0) {
            return in;
        }
        in.unread(first);
        boolean zlib = (first & 0x0F) == 8 && first >> 4 <= 7;
        return new InflaterInputStream(in, new Inflater(!zlib), 8192);
    }

    private String type() {
        String type = headers.get("Content-Type");
        return type == null ? "" : type.strip().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns where the upstream sends us.
     *
     * @throws HttpFailure if that is another origin, which must not see our credentials, or if the
     *     upstream wants a GET in place of what was sent
     */
    URI redirectTarget() throws HttpFailure {
        String location = headers.get("Location");
        URI target;
        try {
            if (location == null) {
                throw new IllegalArgumentException();
            }
            target = url.resolve(location.strip());
        } catch (IllegalArgumentException e) {
            throw new HttpFailure("upstream redirects to no URL (HTTP %d)".formatted(status));
        }
        String shown =
                "%s://%s%s"
                        .formatted(target.getScheme(), target.getRawAuthority(), target.getPath());
        if (!isSameOrigin(url, target)) {
            throw new HttpFailure(
                    "upstream redirects to another origin, %s, which is not followed: configure that url if it is right (HTTP %d)"
                            .formatted(shown, status));
        }
        if (status == 303) {
            throw new HttpFailure(
                    "upstream redirects to %s, which is no MCP endpoint (HTTP %d)"
                            .formatted(shown, status));
        }
        return target;
    }

    static boolean isSameOrigin(URI one, URI other) {
        return String.valueOf(one.getScheme()).equalsIgnoreCase(other.getScheme())
                && String.valueOf(one.getHost()).equalsIgnoreCase(other.getHost())
                && port(one) == port(other)
                && other.getRawUserInfo() == null;
    }

    private static int port(URI url) {
        if (url.getPort() >= 0) {
            return url.getPort();
        }
        return "https".equalsIgnoreCase(url.getScheme()) ? 443 : 80;
    }

    /** Gives up the rest of the body; whoever reads it gets an IOException. */
    void abort() {
        request.abort(new InterruptedIOException("aborted"));
    }
}
