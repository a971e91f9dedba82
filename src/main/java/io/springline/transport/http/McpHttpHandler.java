package io.springline.transport.http;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.transport.handshake.RequestAdmission;
import io.springline.transport.handshake.RequestAdmission.Admitted;
import io.springline.transport.handshake.RequestAdmission.Refused;
import io.springline.transport.http.request.RequestBody;
import io.springline.transport.http.stream.Accepted;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.MediaType;
import org.springframework.web.HttpRequestHandler;

/**
 * Serves one endpoint over HTTP. Checks each request in the order of the specification and refuses
 * it with the matching status, or passes it to {@link ModernPost} or {@link LegacyRequests}.
 */
final class McpHttpHandler implements HttpRequestHandler {

    static final String ALLOWED = "GET, POST, DELETE, OPTIONS";

    private static final Logger log = LoggerFactory.getLogger(McpHttpHandler.class);
    private static final byte[] HOW_TO_CONNECT =
            "This is an MCP endpoint: connect by WebSocket, or by Streamable HTTP (POST; GET with Accept: text/event-stream).\n"
                    .getBytes(StandardCharsets.US_ASCII);

    private final RequestAdmission admission;
    private final HttpErrors errors;
    private final ModernPost modern;
    private final LegacyRequests legacy;
    private final Limits limits;

    /**
     * @param maxBodyBytes largest body of a POST
     * @param bodyTimeoutNanos longest time for the body of a POST to arrive, see {@link
     *     RequestBody}
     */
    record Limits(long maxBodyBytes, long bodyTimeoutNanos) {}

    McpHttpHandler(
            RequestAdmission admission,
            HttpErrors errors,
            ModernPost modern,
            LegacyRequests legacy,
            Limits limits) {
        this.admission = admission;
        this.errors = errors;
        this.modern = modern;
        this.legacy = legacy;
        this.limits = limits;
    }

    @Override
    public void handleRequest(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        switch (admission.admit(request)) {
            case Refused(var status, var text, var headers) -> {
                headers.forEach(response::setHeader);
                errors.write(response, status, text);
            }
            case Admitted admitted -> {
                request.setAttribute(HttpExchanges.CALLER, admitted.caller());
                try {
                    serve(request, response, admitted);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                } catch (IOException e) {
                    log.debug("a client disconnected: {}", e.toString());
                    throw e;
                } finally {
                    if (!request.isAsyncStarted()) {
                        admitted.release().run(); // else when the stream has ended
                    }
                }
            }
        }
    }

    private void serve(HttpServletRequest request, HttpServletResponse response, Admitted client)
            throws IOException, InterruptedException {
        switch (request.getMethod()) {
            case "POST" -> post(request, response, client);
            case "GET" -> get(request, response, client);
            case "DELETE" -> legacy.delete(request, response, client);
            default -> {
                response.setHeader("Allow", ALLOWED);
                errors.write(response, 405, "Method not allowed: " + ALLOWED);
            }
        }
    }

    private void get(HttpServletRequest request, HttpServletResponse response, Admitted client)
            throws IOException, InterruptedException {
        boolean stream = Accepted.of(request).events();
        if (!stream || request.getHeader(LegacyRequests.SESSION) == null) {
            response.setHeader("Allow", ALLOWED);
            response.setHeader("Upgrade", "websocket");
            response.setStatus(HttpServletResponse.SC_METHOD_NOT_ALLOWED);
            response.setContentType(MediaType.TEXT_PLAIN_VALUE);
            response.setContentLength(HOW_TO_CONNECT.length);
            response.getOutputStream().write(HOW_TO_CONNECT);
            return;
        }
        legacy.get(request, response, client);
    }

    /** Sends the response, and reads as much of the refused body as a message may have. */
    private void discard(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        response.flushBuffer();
        RequestBody.discard(request, limits.maxBodyBytes(), limits.bodyTimeoutNanos());
    }

    private void post(HttpServletRequest request, HttpServletResponse response, Admitted client)
            throws IOException, InterruptedException {
        String type = request.getContentType();
        if (type == null
                || !type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT).equals(Accepted.JSON)) {
            errors.write(response, 415, "Content-Type must be application/json");
            discard(request, response);
            return;
        }
        Accepted accepted = Accepted.of(request);
        if (accepted.isNothing()) {
            errors.write(response, 406, "Accept must allow application/json or text/event-stream");
            discard(request, response);
            return;
        }
        byte[] body;
        try {
            body = RequestBody.read(request, limits.maxBodyBytes(), limits.bodyTimeoutNanos());
        } catch (RequestBody.TooLargeException e) {
            response.setHeader("Connection", "close");
            errors.write(
                    response,
                    413,
                    "The message is larger than %d bytes (springline.websocket.max-message-size)"
                            .formatted(limits.maxBodyBytes()));
            discard(request, response);
            return;
        } catch (RequestBody.TooSlowException e) {
            response.setHeader("Connection", "close");
            errors.write(
                    response, 408, "The body of the request arrived too slowly: send it again");
            return;
        }
        if (body.length == 0) {
            errors.write(
                    response, 400, ErrorCode.PARSE_ERROR.error("Parse error: the body is empty"));
            return;
        }
        var post = new Post(request, response, client, accepted);
        Decoded decoded = client.share().run(() -> errors.decode(body));
        if (Post.isModern(request, decoded)) {
            modern.serve(post, decoded);
        } else {
            legacy.post(post, decoded);
        }
    }
}
