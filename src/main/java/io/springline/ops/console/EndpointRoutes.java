package io.springline.ops.console;

import io.springline.ops.console.EndpointList.Page;
import io.springline.ops.console.EndpointList.State;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

/** The routes of the console's page of endpoints. */
final class EndpointRoutes {

    private static final int MAX_ROLES = 50;
    private static final int MAX_LENGTH = 2_000;

    private final EndpointList endpoints;
    private final @Nullable ConfigurationStatus configuration;

    /**
     * @param configuration null if Springline does not read configuration files
     */
    EndpointRoutes(EndpointList endpoints, @Nullable ConfigurationStatus configuration) {
        this.endpoints = endpoints;
        this.configuration = configuration;
    }

    RouterFunctions.Builder addTo(RouterFunctions.Builder api) {
        return api.GET("/endpoints", request -> ConsoleRoutes.ok(endpoints.all(roles(request))))
                .GET("/endpoints/features", this::features)
                .GET("/configuration", _ -> configuration());
    }

    private ServerResponse features(ServerRequest request) {
        Page page =
                endpoints.one(
                        request.param("endpoint").orElse(""),
                        roles(request),
                        ConsoleRoutes.filter(request),
                        state(request),
                        (int) ConsoleRoutes.number(request, "page"));
        return page == null
                ? ConsoleRoutes.error(HttpStatus.NOT_FOUND, "there is no such endpoint")
                : ConsoleRoutes.ok(page);
    }

    private ServerResponse configuration() throws InterruptedException {
        ConfigurationStatus known = configuration;
        return ConsoleRoutes.ok(known == null ? Map.of() : known.now());
    }

    /** Returns the roles of {@code roles=a,b}. */
    private static Set<String> roles(ServerRequest request) {
        String text = request.param("roles").orElse("");
        Set<String> roles =
                Arrays.stream(text.split("[,\\s]+"))
                        .filter(each -> !each.isEmpty())
                        .collect(Collectors.toUnmodifiableSet());
        if (text.length() > MAX_LENGTH || roles.size() > MAX_ROLES) {
            throw new IllegalArgumentException(
                    "roles: must be at most %d roles and %d characters"
                            .formatted(MAX_ROLES, MAX_LENGTH));
        }
        return roles;
    }

    private static @Nullable State state(ServerRequest request) {
        String text = request.param("state").orElse("");
        return text.isEmpty()
                ? null
                : Arrays.stream(State.values())
                        .filter(each -> each.name().equalsIgnoreCase(text))
                        .findFirst()
                        .orElseThrow(() ->
                                new IllegalArgumentException(
                                        "state: must be shown, hidden or forbidden"));
    }
}
