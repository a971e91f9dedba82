package io.springline.transport;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.web.servlet.handler.SimpleUrlHandlerMapping;

/**
 * Maps the paths of the endpoints to one handler for each endpoint. Endpoints may be added while
 * the service runs. A request to an endpoint that does not exist goes to the next mapping.
 */
public final class EndpointHandlerMapping extends SimpleUrlHandlerMapping {

    private static final Object MATCHED = new Object();

    private final EndpointPaths paths;
    private final Predicate<HttpServletRequest> accepted;
    private final Function<String, Object> create;
    private final Map<String, Object> handlers = new ConcurrentHashMap<>();

    /**
     * @param accepted which requests to the endpoints are mapped
     * @param create creates the handler of an endpoint, from its name
     */
    public EndpointHandlerMapping(
            EndpointPaths paths,
            Predicate<HttpServletRequest> accepted,
            Function<String, Object> create,
            int order) {
        super(
                Stream.of("", "/", "/{endpoint}", "/{endpoint}/")
                        .collect(Collectors.toMap(end -> paths.main() + end, _ -> MATCHED)),
                order);
        this.paths = paths;
        this.accepted = accepted;
        this.create = create;
    }

    @Override
    protected @Nullable Object getHandlerInternal(HttpServletRequest request) throws Exception {
        if (!accepted.test(request) || super.getHandlerInternal(request) == null) {
            return null;
        }
        String endpoint = paths.endpoint(request);
        return paths.exists(endpoint) ? handlers.computeIfAbsent(endpoint, create) : null;
    }
}
