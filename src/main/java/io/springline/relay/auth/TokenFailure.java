package io.springline.relay.auth;

import io.springline.jsonrpc.DurationText;
import io.springline.relay.auth.CredentialFailures.Reason;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.core.OAuth2AuthorizationException;
import org.springframework.web.client.RestClientResponseException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Why an authorization server issued no token. Contains none of its text except for the error code
 * (RFC 6749, 5.2): a description may contain a credential.
 *
 * @param text a phrase that may be sent to clients
 */
public record TokenFailure(Reason reason, String text) {

    /** The error code of Spring Security for a response that is no token. */
    private static final String UNUSABLE = "invalid_token_response";

    /** The error code of RFC 6749, and the one of GitHub. */
    private static final List<String> GRANT_INVALID = List.of("invalid_grant", "bad_refresh_token");

    public static TokenFailure of(Exception thrown, Duration timeout) {
        String code = errorCode(thrown);
        return code != null
                ? new TokenFailure(
                        Reason.REFUSED,
                        "no access token: the authorization server refuses it: " + code)
                : new TokenFailure(
                        Reason.UNAVAILABLE, "no access token: " + unavailable(thrown, timeout));
    }

    /** Returns true if the grant, such as a refresh token, is not valid any more. */
    public boolean isGrantInvalid() {
        return reason == Reason.REFUSED
                && GRANT_INVALID.stream().anyMatch(code -> text.endsWith(": " + code));
    }

    /** Returns true if the authorization server does not know the client any more. */
    public boolean isClientUnknown() {
        return reason == Reason.REFUSED && text.endsWith(": invalid_client");
    }

    private static @Nullable String errorCode(Exception thrown) {
        Throwable cause = thrown;
        while (cause != null) {
            if (cause instanceof RestClientResponseException answer
                    && answer.getStatusCode().is4xxClientError()) {
                return code(inBody(answer.getResponseBodyAsString()));
            }
            if (cause instanceof OAuth2AuthorizationException oauth
                    && oauth.getCause() == null
                    && !oauth.getError().getErrorCode().equals(UNUSABLE)) {
                return code(oauth.getError().getErrorCode());
            }
            cause = cause.getCause();
        }
        return null;
    }

    private static String inBody(String body) {
        try {
            return JsonMapper.shared().readTree(body).path("error").asString("");
        } catch (JacksonException e) {
            return "";
        }
    }

    private static String code(String received) {
        return received.matches("[a-z_]{1,40}") ? received : "without a reason";
    }

    private static String unavailable(Exception thrown, Duration timeout) {
        Throwable root = thrown;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return switch (root) {
            case ForbiddenUrlException forbidden ->
                    "its endpoint is not requested: " + forbidden.getMessage();
            case UnknownHostException _ ->
                    "the authorization server's host is unknown, or has a private address that the"
                            + " configuration does not name";
            case ConnectException _ -> "the authorization server cannot be reached";
            case TimeoutException _ ->
                    "the authorization server did not answer within " + DurationText.of(timeout);
            default -> "the authorization server's answer cannot be used";
        };
    }
}
