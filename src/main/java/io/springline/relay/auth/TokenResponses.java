package io.springline.relay.auth;

import java.util.HashMap;
import java.util.Map;
import org.springframework.security.oauth2.core.endpoint.DefaultMapOAuth2AccessTokenResponseConverter;
import org.springframework.security.oauth2.core.endpoint.OAuth2AccessTokenResponse;
import org.springframework.security.oauth2.core.endpoint.OAuth2ParameterNames;
import org.springframework.security.oauth2.core.http.converter.OAuth2AccessTokenResponseHttpMessageConverter;

/** The form of token responses. */
public final class TokenResponses {

    /** The lifetime in seconds of a token whose response does not state one. */
    private static final int UNSTATED_LIFETIME = 300;

    private TokenResponses() {}

    /** Returns a converter that accepts responses without {@code expires_in}. */
    public static OAuth2AccessTokenResponseHttpMessageConverter converter() {
        var converter = new OAuth2AccessTokenResponseHttpMessageConverter();
        converter.setAccessTokenResponseConverter(TokenResponses::response);
        return converter;
    }

    private static OAuth2AccessTokenResponse response(Map<String, Object> received) {
        var parameters = new HashMap<>(received);
        parameters.putIfAbsent(OAuth2ParameterNames.EXPIRES_IN, UNSTATED_LIFETIME);
        return new DefaultMapOAuth2AccessTokenResponseConverter().convert(parameters);
    }
}
