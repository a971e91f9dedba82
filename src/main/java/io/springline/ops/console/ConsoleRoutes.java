package io.springline.ops.console;

import io.springline.feature.task.TaskStore;
import io.springline.mcp.CloseReason;
import io.springline.ops.actuator.ConnectionList;
import io.springline.ops.actuator.TrafficLog;
import io.springline.relay.AttachedUpstreams;
import io.springline.relay.Upstreams;
import io.springline.transport.AllConnections;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.ClassPathResource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;
import tools.jackson.databind.json.JsonMapper;

/**
 * The routes of the console: its page at {@code /console}, and the API of the page at {@code
 * /console/api}. The page contains no data and is public; the API is for operators, see {@code
 * SecurityConfiguration}. Changes use PUT and DELETE, which browsers send to another origin only
 * after a CORS preflight.
 */
final class ConsoleRoutes {

    /** Forbids content of other origins, inline scripts and styles, and framing. */
    static final String CONTENT_SECURITY_POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
                    + " connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none';"
                    + " frame-ancestors 'none'; require-trusted-types-for 'script'";

    private static final ClassPathResource FOLDER = new ClassPathResource("console/");
    private static final ClassPathResource PAGE = new ClassPathResource("console/index.html");
    private static final String NOT_ATTACHED = "the server is not connected";
    private static final int MAX_FILTER = 100;

    private final ConsoleOverview overview;
    private final ConnectionList list;
    private final AllConnections connections;
    private final TrafficLog traffic;
    private final Upstreams upstreams;
    private final TaskList tasks;
    private final EndpointRoutes endpoints;
    private final @Nullable AttachedUpstreams attached;

    /**
     * @param attached null if servers cannot attach
     */
    ConsoleRoutes(
            ConsoleOverview overview,
            ConnectionList list,
            AllConnections connections,
            TrafficLog traffic,
            Upstreams upstreams,
            TaskList tasks,
            EndpointRoutes endpoints,
            @Nullable AttachedUpstreams attached) {
        this.overview = overview;
        this.list = list;
        this.connections = connections;
        this.traffic = traffic;
        this.upstreams = upstreams;
        this.tasks = tasks;
        this.endpoints = endpoints;
        this.attached = attached;
    }

    RouterFunction<ServerResponse> routes() {
        return RouterFunctions.route()
                .path(
                        "/console/api",
                        api ->
                                endpoints
                                        .addTo(withAttached(api))
                                        .GET("/overview", this::overview)
                                        .GET("/connections", this::connections)
                                        .GET(
                                                "/upstreams",
                                                _ -> ok(Map.of("upstreams", upstreams.all())))
                                        .GET(
                                                "/attached",
                                                _ ->
                                                        ok(
                                                                Map.of(
                                                                        "servers",
                                                                        attached == null
                                                                                ? List.of()
                                                                                : attached.all())))
                                        .GET("/tasks", _ -> ok(tasks.shown()))
                                        .DELETE("/tasks/{id}", this::cancel)
                                        .DELETE("/connections/{id}", this::disconnect)
                                        .GET("/connections/{id}/traffic", this::lines)
                                        .PUT("/connections/{id}/traffic", this::start)
                                        .DELETE("/connections/{id}/traffic", this::stop)
                                        .onError(
                                                IllegalArgumentException.class,
                                                (e, _) ->
                                                        error(
                                                                HttpStatus.BAD_REQUEST,
                                                                String.valueOf(e.getMessage()))))
                .GET(
                        "/console",
                        _ -> ServerResponse.temporaryRedirect(URI.create("console/")).build())
                .add(page())
                .build();
    }

    /** Adds the actions of operators on servers that have attached. */
    private RouterFunctions.Builder withAttached(RouterFunctions.Builder api) {
        AttachedUpstreams servers = attached;
        if (servers == null) {
            return api;
        }
        return api.PUT(
                        "/attached/{id}/refresh",
                        request -> done(servers.refresh(id(request)), NOT_ATTACHED))
                .PUT(
                        "/attached/{id}/ping",
                        request -> {
                            Duration time = servers.ping(id(request));
                            return time == null
                                    ? error(HttpStatus.GATEWAY_TIMEOUT, "no answer within 3 s")
                                    : ok(Map.of("millis", time.toMillis()));
                        })
                .GET(
                        "/attached/{id}/stderr",
                        request -> {
                            List<String> lines = servers.stderr(id(request));
                            return lines == null
                                    ? error(
                                            HttpStatus.NOT_FOUND,
                                            "only the command attach keeps standard error")
                                    : ok(Map.of("lines", lines));
                        })
                .DELETE(
                        "/attached/{id}",
                        request -> done(servers.disconnect(id(request)), NOT_ATTACHED))
                .DELETE(
                        "/attach-tokens/{id}",
                        request ->
                                done(
                                        servers.revoke(id(request)),
                                        "there is no such token in springline.attach.tokens"));
    }

    private static ServerResponse done(boolean done, String otherwise) {
        return done ? ServerResponse.noContent().build() : error(HttpStatus.NOT_FOUND, otherwise);
    }

    private static RouterFunction<ServerResponse> page() {
        return RouterFunctions.route()
                .GET("/console/app", AppFrame::page)
                .GET(
                        "/console/",
                        _ ->
                                ServerResponse.ok()
                                        .headers(ConsoleRoutes::addSecurityHeaders)
                                        .body(PAGE))
                .add(
                        RouterFunctions.resources(
                                "/console/**", FOLDER, (_, headers) -> addSecurityHeaders(headers)))
                .build();
    }

    private static void addSecurityHeaders(HttpHeaders headers) {
        headers.set("Content-Security-Policy", CONTENT_SECURITY_POLICY);
        headers.set("Referrer-Policy", "no-referrer");
        headers.set("Cross-Origin-Opener-Policy", "same-origin");
        headers.set("Cross-Origin-Resource-Policy", "same-origin");
    }

    private ServerResponse overview(ServerRequest request) {
        return ok(overview.after(number(request, "after")));
    }

    private ServerResponse connections(ServerRequest request) {
        String filter = filter(request);
        return ok(list.page(filter, order(request), (int) number(request, "page")));
    }

    private ServerResponse disconnect(ServerRequest request) {
        return connections.close(id(request), CloseReason.DISCONNECTED)
                ? ServerResponse.noContent().build()
                : gone();
    }

    static String filter(ServerRequest request) {
        String filter = request.param("filter").orElse("");
        if (filter.length() > MAX_FILTER) {
            throw new IllegalArgumentException(
                    "filter: must have at most %d characters".formatted(MAX_FILTER));
        }
        return filter;
    }

    private ServerResponse cancel(ServerRequest request) throws InterruptedException {
        try {
            return done(tasks.cancel(id(request)), "no such task runs on this node");
        } catch (TaskStore.UnavailableException e) {
            return error(HttpStatus.SERVICE_UNAVAILABLE, "Redis cannot be reached. Try again");
        }
    }

    private ServerResponse lines(ServerRequest request) {
        return traffic.lines(id(request), number(request, "after"))
                .map(lines -> ok(Map.of("lines", lines)))
                .orElseGet(ConsoleRoutes::gone);
    }

    private ServerResponse start(ServerRequest request) {
        return switch (traffic.start(id(request))) {
            case ON -> ServerResponse.noContent().build();
            case NO_SUCH_CONNECTION -> gone();
            case TOO_MANY -> error(HttpStatus.CONFLICT, TrafficLog.TOO_MANY_TEXT);
        };
    }

    private ServerResponse stop(ServerRequest request) {
        return traffic.stop(id(request)) ? ServerResponse.noContent().build() : gone();
    }

    private static String id(ServerRequest request) {
        return request.pathVariable("id");
    }

    private static ConnectionList.Order order(ServerRequest request) {
        String name = request.param("order").orElse("newest");
        return Arrays.stream(ConnectionList.Order.values())
                .filter(order -> order.name().equalsIgnoreCase(name.replace('-', '_')))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "order: must be one of %s"
                                        .formatted(
                                                Arrays.toString(ConnectionList.Order.values())
                                                        .toLowerCase(Locale.ROOT)
                                                        .replace('_', '-'))));
    }

    static long number(ServerRequest request, String name) {
        Optional<String> value = request.param(name);
        if (value.isEmpty()) {
            return 0;
        }
        if (!value.get().matches("\\d{1,9}")) {
            throw new IllegalArgumentException(name + ": must be 0 to 999999999");
        }
        return Long.parseLong(value.get());
    }

    static ServerResponse ok(Object body) {
        return json(HttpStatus.OK, body);
    }

    private static ServerResponse gone() {
        return error(
                HttpStatus.NOT_FOUND,
                "the connection does not exist, or its messages are not logged");
    }

    static ServerResponse error(HttpStatus status, String text) {
        return json(status, Map.of("error", text));
    }

    /** Does not use the mapper of the application, which may rename the members. */
    private static ServerResponse json(HttpStatus status, Object body) {
        return ServerResponse.status(status)
                .contentType(MediaType.APPLICATION_JSON)
                .body(JsonMapper.shared().writeValueAsBytes(body));
    }
}
