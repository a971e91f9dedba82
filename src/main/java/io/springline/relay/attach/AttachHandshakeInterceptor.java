package io.springline.relay.attach;

import io.springline.audit.AuditLog;
import io.springline.auth.Credentials;
import io.springline.config.EndpointNames;
import io.springline.relay.attach.limit.AttachAdmission;
import io.springline.session.Caller;
import io.springline.transport.ClientAddress;
import io.springline.transport.TransportStatistics.Rejection;
import io.springline.transport.handshake.ConnectionRefusals;
import io.springline.transport.handshake.Handshake;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.server.HandshakeInterceptor;

/**
 * Authenticates a server before the upgrade, and refuses a name that it cannot have: 400 for a
 * malformed name, 401 without a valid token, 403 for a name that the token does not allow, 409 for
 * a name that is taken, 429 for too many connections with one token, 503 for too many handshakes at
 * the same time.
 */
final class AttachHandshakeInterceptor implements HandshakeInterceptor {

    private final AttachTokens tokens;
    private final AttachRegistration registration;
    private final AttachAdmission admission;
    private final ConnectionRefusals refusals;

    AttachHandshakeInterceptor(
            AttachTokens tokens,
            AttachRegistration registration,
            AttachAdmission admission,
            ConnectionRefusals refusals) {
        this.tokens = tokens;
        this.registration = registration;
        this.admission = admission;
        this.refusals = refusals;
    }

    @Override
    public boolean beforeHandshake(
            ServerHttpRequest request,
            ServerHttpResponse response,
            WebSocketHandler handler,
            Map<String, Object> attributes)
            throws IOException {
        HttpServletRequest httpRequest = ((ServletServerHttpRequest) request).getServletRequest();
        ClientAddress address = Handshake.address(attributes);
        AttachCredential credential = tokens.find(Credentials.of(httpRequest), address);
        if (credential == null) {
            AuditLog.authenticationFailed("attach", "invalid", address.toString());
            response.getHeaders().set(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
            return refuse(
                    response,
                    address,
                    Rejection.UNAUTHENTICATED,
                    HttpStatus.UNAUTHORIZED,
                    tokens.hint());
        }
        String principal = "attach:" + credential.token();
        String token = credential.token();
        long now = System.nanoTime();
        if (!admission.take(token, now)) {
            retryAfter(response, admission.retryAfterSeconds(token, now));
            return refuse(
                    response,
                    address,
                    Rejection.CONNECTION_RATE,
                    HttpStatus.TOO_MANY_REQUESTS,
                    "Too many connections a second with this token");
        }
        if (admission.isFull(token)) {
            retryAfter(response, admission.retryAfterSeconds(token, now));
            return refuse(
                    response,
                    address,
                    Rejection.CONNECTION_RATE,
                    HttpStatus.SERVICE_UNAVAILABLE,
                    "Too many servers attach at the moment");
        }
        String name = httpRequest.getParameter("name");
        String instance = httpRequest.getParameter("instance");
        if (name != null && !EndpointNames.isValid(name)) {
            return refuse(
                    response,
                    address,
                    Rejection.UNAUTHENTICATED,
                    HttpStatus.BAD_REQUEST,
                    "The name must be 1 to 32 of A-Z a-z 0-9 _ . -");
        }
        String wanted = AttachNames.asked(credential, name);
        String refusal = wanted == null ? null : registration.refusal(credential, wanted);
        if (wanted != null && refusal != null) {
            return refuse(
                    response,
                    address,
                    Rejection.UNAUTHENTICATED,
                    credential.allows(wanted) ? HttpStatus.CONFLICT : HttpStatus.FORBIDDEN,
                    refusal);
        }
        boolean resumable = "1".equals(httpRequest.getParameter("resume"));
        // if it opens a session instead of resuming one, it is held off then
        Duration hold =
                wanted == null || resumable ? Duration.ZERO : registration.hold(credential, wanted);
        if (!hold.isZero()) {
            retryAfter(response, hold.toSeconds() + 1);
            return refuse(
                    response,
                    address,
                    Rejection.CONNECTION_RATE,
                    HttpStatus.TOO_MANY_REQUESTS,
                    "'%s' attaches too often, and has to wait".formatted(wanted));
        }
        Handshake.caller(attributes, new Caller(principal, Set.of()));
        new AttachRequest(credential, name, instance, resumable, address.toString())
                .store(attributes);
        return true;
    }

    private static void retryAfter(ServerHttpResponse response, long seconds) {
        response.getHeaders().set(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
    }

    private boolean refuse(
            ServerHttpResponse response,
            ClientAddress address,
            Rejection reason,
            HttpStatus status,
            String text)
            throws IOException {
        refusals.count(address, reason);
        response.setStatusCode(status);
        response.getHeaders().setContentType(MediaType.TEXT_PLAIN);
        response.getHeaders().set(HttpHeaders.CACHE_CONTROL, "no-store");
        response.getBody().write((text + "\n").getBytes(StandardCharsets.UTF_8));
        return false;
    }

    @Override
    public void afterHandshake(
            ServerHttpRequest request,
            ServerHttpResponse response,
            WebSocketHandler handler,
            @Nullable Exception exception) {}
}
