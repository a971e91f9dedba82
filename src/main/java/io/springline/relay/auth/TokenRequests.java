package io.springline.relay.auth;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.springframework.security.oauth2.core.OAuth2AuthorizationException;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.endpoint.DefaultMapOAuth2AccessTokenResponseConverter;
import org.springframework.security.oauth2.core.endpoint.OAuth2AccessTokenResponse;
import org.springframework.security.oauth2.core.endpoint.OAuth2ParameterNames;
import org.springframework.security.oauth2.core.http.converter.OAuth2AccessTokenResponseHttpMessageConverter;

/** The form of token responses. */
public final class TokenResponses {

    /** The lifetime in seconds of a token whose response does not state one. */
    private static final long UNSTATED_LIFETIME = 300;

    private TokenResponses() {}

    /** Returns a converter that accepts responses without {@code expires_in}. */
    public static OAuth2AccessTokenResponseHttpMessageConverter converter() {
        return converter(Duration.ofSeconds(UNSTATED_LIFETIME));
    }

    /**
     * Returns a converter that accepts responses without {@code expires_in}.
     *
     * @param withoutRefresh the lifetime of an access token if the response contains no refresh
     *     token either
     */
    public static OAuth2AccessTokenResponseHttpMessageConverter converter(Duration withoutRefresh) {
        var converter = new OAuth2AccessTokenResponseHttpMessageConverter();
        converter.setAccessTokenResponseConverter(
                received -> response(received, withoutRefresh.toSeconds()));
        return converter;
    }

    private static OAuth2AccessTokenResponse response(
            Map<String, Object> received, long withoutRefresh) {
        if (received.get(OAuth2ParameterNames.ERROR) instanceof String error) {
            // GitHub refuses by a response with status 200
            throw new OAuth2AuthorizationException(new OAuth2Error(error));
        }
        var parameters = new HashMap<>(received);
        parameters.putIfAbsent(
                OAuth2ParameterNames.EXPIRES_IN,
                received.get(OAuth2ParameterNames.REFRESH_TOKEN) == null
                        ? withoutRefresh
                        : UNSTATED_LIFETIME);
        return new DefaultMapOAuth2AccessTokenResponseConverter().convert(parameters);
    }
}
