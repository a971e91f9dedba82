package io.springline.relay.consent;

import io.springline.relay.client.UpstreamException;
import io.springline.relay.consent.UpstreamConsents.Begun;
import io.springline.relay.consent.UpstreamConsents.Response;
import io.springline.session.Caller;
import jakarta.servlet.http.Cookie;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.ClassPathResource;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseCookie;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;
import org.springframework.web.util.HtmlUtils;
import tools.jackson.databind.json.JsonMapper;

/**
 * The pages on which users consent, and see and end their consents. The page contains no data and
 * is public. Its API needs the bearer token of the user; the security chain of these paths checks
 * it.
 */
final class ConsentRoutes {

    /** The path of all pages. */
    static final String PATH = "/springline/consent";

    private static final String CONTENT_SECURITY_POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
                    + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final ClassPathResource FOLDER = new ClassPathResource("consent/");
    private static final ClassPathResource PAGE = new ClassPathResource("consent/index.html");

    /** The longest parameter of an answer that is read. */
    private static final int MAX_PARAMETER = 4096;

    private final ConsentedUpstreams upstreams;

    ConsentRoutes(ConsentedUpstreams upstreams) {
        this.upstreams = upstreams;
    }

    RouterFunction<ServerResponse> routes() {
        return RouterFunctions.route()
                .path(
                        PATH,
                        paths ->
                                paths.GET("/", _ -> secured(ServerResponse.ok()).body(PAGE))
                                        .GET("/api/consents", this::list)
                                        .onError(
                                                UpstreamException.class::isInstance,
                                                (failure, _) ->
                                                        error(
                                                                HttpStatus.SERVICE_UNAVAILABLE,
                                                                String.valueOf(
                                                                        failure.getMessage())))
                                        .DELETE("/api/consents/{upstream}", this::revoke)
                                        .POST("/api/links/{link}", this::begin)
                                        .GET("/callback/{upstream}", this::callback))
                .GET(PATH, _ -> ServerResponse.temporaryRedirect(URI.create(PATH + "/")).build())
                .add(
                        RouterFunctions.resources(
                                PATH + "/**", FOLDER, (_, headers) -> addHeaders(headers)))
                .build();
    }

    private static void addHeaders(HttpHeaders headers) {
        headers.set("Content-Security-Policy", CONTENT_SECURITY_POLICY);
        headers.set("Referrer-Policy", "no-referrer");
        headers.set("Cross-Origin-Opener-Policy", "same-origin");
        headers.set("Cross-Origin-Resource-Policy", "same-origin");
    }

    private static ServerResponse.BodyBuilder secured(ServerResponse.BodyBuilder response) {
        return response.headers(ConsentRoutes::addHeaders).cacheControl(CacheControl.noStore());
    }

    private ServerResponse list(ServerRequest request) {
        Caller caller = caller();
        return caller == null
                ? unauthenticated()
                : json(
                        HttpStatus.OK,
                        Map.of("principal", caller.name(), "consents", upstreams.of(caller)));
    }

    private ServerResponse revoke(ServerRequest request) {
        Caller caller = caller();
        if (caller == null) {
            return unauthenticated();
        }
        return upstreams
                        .find(request.pathVariable("upstream"))
                        .filter(each -> each.revoke(caller))
                        .isPresent()
                ? ServerResponse.noContent().build()
                : error(HttpStatus.NOT_FOUND, "You have not consented to calls of this server");
    }

    private ServerResponse begin(ServerRequest request) {
        Caller caller = caller();
        if (caller == null) {
            return unauthenticated();
        }
        String link = request.pathVariable("link");
        int dot = link.lastIndexOf('.');
        String upstream = link.substring(0, Math.max(0, dot));
        UpstreamConsents consents = upstreams.find(upstream).orElse(null);
        Optional<Begun> begun;
        try {
            begun =
                    consents == null
                            ? Optional.empty()
                            : consents.begin(caller, link.substring(dot + 1));
        } catch (ConsentException | UpstreamException e) {
            return error(HttpStatus.BAD_GATEWAY, String.valueOf(e.getMessage()));
        }
        if (consents == null || begun.isEmpty()) {
            return error(
                    HttpStatus.FORBIDDEN,
                    "This link is not for you (%s), or is not valid any more. Make the call again to get another one"
                            .formatted(caller.name()));
        }
        var cookie =
                ResponseCookie.from(begun.get().cookie(), begun.get().value())
                        .httpOnly(true)
                        .secure(consents.isSecure())
                        .sameSite("Lax") // the browser comes back from another site
                        .path(consents.isSecure() ? "/" : PATH + "/callback/") // __Host-
                        .maxAge(consents.lifetime())
                        .build();
        var body = new LinkedHashMap<String, Object>();
        body.put("principal", caller.name());
        body.put("upstream", upstream);
        body.put("issuer", begun.get().issuer());
        body.put("url", begun.get().url().toString());
        return secured(ServerResponse.ok())
                .header(HttpHeaders.SET_COOKIE, cookie.toString())
                .contentType(MediaType.APPLICATION_JSON)
                .body(JsonMapper.shared().writeValueAsBytes(body));
    }

    private ServerResponse callback(ServerRequest request) {
        UpstreamConsents consents = upstreams.find(request.pathVariable("upstream")).orElse(null);
        Response response = response(request);
        if (consents == null || response == null) {
            return page(HttpStatus.BAD_REQUEST, "No consent", "This answer cannot be used.");
        }
        Cookie cookie = request.cookies().getFirst(consents.cookie(response.state()));
        try {
            consents.finish(response, cookie == null ? "" : cookie.getValue());
        } catch (ConsentException | UpstreamException e) {
            return page(
                    HttpStatus.BAD_REQUEST,
                    "No consent",
                    "Nothing was saved: %s. Make the call again to start anew."
                            .formatted(e.getMessage()));
        }
        return page(
                HttpStatus.OK,
                "Thank you",
                "Your consent is saved. The call goes on; you can close this window.");
    }

    /** Returns the answer; null if a parameter is repeated, too long, or missing. */
    private static @Nullable Response response(ServerRequest request) {
        var params = request.params();
        for (String name : List.of("state", "code", "error", "iss")) {
            List<String> values = params.getOrDefault(name, List.of());
            if (values.size() > 1
                    || values.stream().anyMatch(value -> value.length() > MAX_PARAMETER)) {
                return null;
            }
        }
        String state = params.getFirst("state");
        return state == null
                ? null
                : new Response(
                        state,
                        params.getFirst("code"),
                        params.getFirst("error"),
                        params.getFirst("iss"));
    }

    /** Returns the user whose bearer token the request has; null if it has none. */
    private static @Nullable Caller caller() {
        Authentication authentication = SecurityContextHolder.getContext().getAuthentication();
        return authentication != null && authentication.getPrincipal() instanceof Caller caller
                ? caller
                : null;
    }

    private static ServerResponse page(HttpStatus status, String title, String text) {
        return secured(ServerResponse.status(status))
                .contentType(new MediaType(MediaType.TEXT_HTML, StandardCharsets.UTF_8))
                .body(
                        """
                        <!doctype html>
                        <html lang="en">
                        <head><meta charset="utf-8"><title>%1$s</title>
                        <link rel="stylesheet" href="../consent.css"></head>
                        <body><main><h1>%1$s</h1><p>%2$s</p></main></body>
                        </html>
                        """
                                .formatted(title, HtmlUtils.htmlEscape(text)));
    }

    private static ServerResponse unauthenticated() {
        return ServerResponse.status(HttpStatus.UNAUTHORIZED)
                .header(HttpHeaders.WWW_AUTHENTICATE, "Bearer")
                .build();
    }

    private static ServerResponse error(HttpStatus status, String text) {
        return json(status, Map.of("error", text));
    }

    private static ServerResponse json(HttpStatus status, Object body) {
        return secured(ServerResponse.status(status))
                .contentType(MediaType.APPLICATION_JSON)
                .body(JsonMapper.shared().writeValueAsBytes(body));
    }
}
