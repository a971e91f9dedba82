package io.springline.relay.auth;

import io.springline.relay.config.UpstreamAuth.ClientAuthentication;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.converter.FormHttpMessageConverter;
import org.springframework.security.oauth2.client.endpoint.AbstractOAuth2AuthorizationGrantRequest;
import org.springframework.security.oauth2.client.endpoint.AbstractRestClientOAuth2AccessTokenResponseClient;
import org.springframework.security.oauth2.client.http.OAuth2ErrorResponseErrorHandler;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.core.OAuth2AuthorizationException;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.endpoint.DefaultMapOAuth2AccessTokenResponseConverter;
import org.springframework.security.oauth2.core.endpoint.OAuth2AccessTokenResponse;
import org.springframework.security.oauth2.core.endpoint.OAuth2ParameterNames;
import org.springframework.security.oauth2.core.http.converter.OAuth2AccessTokenResponseHttpMessageConverter;
import org.springframework.web.client.RestClient;

/** The form of token requests and of their responses. */
public final class TokenRequests {

    /** The lifetime in seconds of a token whose response does not state one. */
    private static final long UNSTATED_LIFETIME = 300;

    private TokenRequests() {}

    /** Returns a converter that accepts responses without {@code expires_in}. */
    static OAuth2AccessTokenResponseHttpMessageConverter converter() {
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

    /** Returns a client for requests to a token endpoint. */
    public static RestClient client(
            RestClient.Builder builder, OAuth2AccessTokenResponseHttpMessageConverter converter) {
        return builder.clone()
                .configureMessageConverters(converters ->
                        converters
                                .addCustomConverter(new FormHttpMessageConverter())
                                .addCustomConverter(converter))
                .defaultStatusHandler(new OAuth2ErrorResponseErrorHandler())
                .build();
    }

    /** Sets the client of token requests, and the parameters that are not null. */
    public static <T extends AbstractOAuth2AuthorizationGrantRequest> void configure(
            AbstractRestClientOAuth2AccessTokenResponseClient<T> requests,
            RestClient client,
            @Nullable String resource,
            @Nullable String audience) {
        requests.setRestClient(client);
        requests.setParametersCustomizer(parameters -> {
            if (resource != null) {
                parameters.set("resource", resource);
            }
            if (audience != null) {
                parameters.set("audience", audience);
            }
        });
    }

    /** Returns how a client proves at the token endpoint who it is. */
    public static ClientAuthenticationMethod method(ClientAuthentication authentication) {
        return switch (authentication) {
            case BASIC -> ClientAuthenticationMethod.CLIENT_SECRET_BASIC;
            case POST -> ClientAuthenticationMethod.CLIENT_SECRET_POST;
            case NONE -> ClientAuthenticationMethod.NONE;
        };
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
