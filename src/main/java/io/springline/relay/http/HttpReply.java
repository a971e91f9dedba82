package io.springline.relay.http;

import io.springline.mcp.RequestHeaders;
import java.io.ByteArrayInputStream;
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
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP response of an upstream: status, headers, and the body as it arrives. Not thread-safe.
 */
final class HttpReply {

    private static final String EVENTS = "text/event-stream";

    private final Request request;
    private final URI url;
    private final int status;
    private final HttpFields headers;
    private final InputStream raw;
    private final byte @Nullable [] complete;
    private @Nullable PushbackInputStream body;

    private HttpReply(
            Request request,
            URI url,
            Response response,
            InputStream raw,
            byte @Nullable [] complete) {
        this.request = request;
        this.url = url;
        this.status = response.getStatus();
        this.headers = response.getHeaders();
        this.raw = raw;
        this.complete = complete;
    }

    /** Returns a response whose body may still arrive. */
    static HttpReply arriving(Request request, URI url, Response response, InputStream body) {
        return new HttpReply(request, url, response, body, null);
    }

    /** Returns a response whose body has arrived. */
    static HttpReply complete(Request request, URI url, Response response, byte[] body) {
        return new HttpReply(request, url, response, new ByteArrayInputStream(body), body);
    }

    /** Returns the body if it has arrived; null if it must be read. */
    byte @Nullable [] completeBody() {
        return complete;
    }

    /** Returns the URL of the response, after redirects. */
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

    /** Returns true if the Content-Type is an event stream, which may be silent for a long time. */
    boolean isAnnouncedAsStream() {
        return isAnnouncedAsStream(headers);
    }

    static boolean isAnnouncedAsStream(HttpFields headers) {
        String type = headers.get(HttpHeader.CONTENT_TYPE);
        return type != null && type.strip().toLowerCase(Locale.ROOT).startsWith(EVENTS);
    }

    /**
     * Returns true if the body is an event stream. Blocks until its first byte arrives.
     *
     * <p>Many servers send no Content-Type or a wrong one, so the first byte decides: JSON begins
     * with a bracket, HTML with {@code <}, a line of an event stream with a letter or a colon.
     */
    boolean isStream() throws IOException, HttpFailure {
        return switch (firstByte()) {
            case '{', '[', '<', '"' -> false;
            case ':', 'd', 'e', 'i', 'r' -> true;
            default -> isAnnouncedAsStream();
        };
    }

    /** Returns the first byte after a byte order mark and white space; -1 at the end. */
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
     * Returns the body without its Content-Encoding. Some servers and proxies compress although the
     * request does not ask for it.
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
                                    .formatted(RequestHeaders.encode(encoding)));
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

    /** Returns the stream for {@code deflate}: a zlib stream, whose header some servers omit. */
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

    /**
     * Returns the target of a redirect.
     *
     * @throws HttpFailure if the target is another origin, which must not get the credentials, or
     *     if the status changes the method to GET
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
            throw new HttpFailure(
                    "upstream redirects without a valid URL (HTTP %d)".formatted(status));
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

    /** Aborts the response; a reader of the body gets an IOException. */
    void abort() {
        request.abort(new InterruptedIOException("aborted"));
    }
}
