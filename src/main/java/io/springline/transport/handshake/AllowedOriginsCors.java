package io.springline.transport.handshake;

import io.springline.transport.AllowedNames;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.web.cors.CorsConfiguration;

/** Lets pages of the allowed origins read what plain HTTP answers: a ticket, or the metadata. */
final class AllowedOriginsCors extends CorsConfiguration {

    private final AllowedNames origins;

    AllowedOriginsCors(AllowedNames origins) {
        this.origins = origins;
        setAllowedMethods(List.of(HttpMethod.GET.name(), HttpMethod.POST.name()));
        setAllowedHeaders(List.of(HttpHeaders.AUTHORIZATION, HttpHeaders.CONTENT_TYPE));
        setExposedHeaders(List.of(HttpHeaders.WWW_AUTHENTICATE));
    }

    @Override
    public @Nullable String checkOrigin(@Nullable String origin) {
        return origin != null && origins.allowsOrigin(origin) ? origin : null;
    }
}
