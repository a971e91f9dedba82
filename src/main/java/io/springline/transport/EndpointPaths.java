package io.springline.transport;

import io.springline.dispatch.Dispatchers;
import io.springline.session.Caller;
import io.springline.session.McpSession;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.stream.Collectors;
import org.springframework.http.server.PathContainer;
import org.springframework.web.util.ServletRequestPathUtils;

/** The paths of the endpoints, and the text of the answer for one that does not exist. */
public final class EndpointPaths {

    /** Longest part of a path from a client that is repeated in an answer, in characters. */
    private static final int MAX_SHOWN = 100;

    private final String main;
    private final Dispatchers dispatchers;

    /**
     * @param main path of the main endpoint
     */
    public EndpointPaths(String main, Dispatchers dispatchers) {
        this.main = main;
        this.dispatchers = dispatchers;
    }

    /** Returns the path of an endpoint. */
    public String path(String endpoint) {
        return endpoint.equals(McpSession.MAIN_ENDPOINT) ? main : main + "/" + endpoint;
    }

    /** Returns the path of the main endpoint. */
    public String main() {
        return main;
    }

    /** Returns the paths of all endpoints, the main one first. */
    public List<String> all() {
        return dispatchers.names().stream().sorted().map(this::path).toList();
    }

    /**
     * Returns the name of the endpoint that the request's path names. The endpoint may not exist.
     *
     * @param request to the path of the main endpoint, or to one segment below it
     */
    String endpoint(HttpServletRequest request) {
        List<String> segments =
                segments(
                        ServletRequestPathUtils.getParsedRequestPath(request)
                                .pathWithinApplication());
        return segments.size() == segments(PathContainer.parsePath(main)).size()
                ? McpSession.MAIN_ENDPOINT
                : segments.getLast();
    }

    private static List<String> segments(PathContainer path) {
        return path.elements().stream()
                .filter(PathContainer.PathSegment.class::isInstance)
                .map(segment -> ((PathContainer.PathSegment) segment).valueToMatch())
                .toList();
    }

    public boolean exists(String endpoint) {
        return dispatchers.find(endpoint) != null;
    }

    /**
     * Returns one line of text for a path without an endpoint. A caller that has authenticated also
     * gets the endpoints that it may use.
     *
     * @param requested the path as the client sent it
     */
    public String notFound(String requested, Caller caller) {
        String shown = requested.substring(0, Math.min(MAX_SHOWN, requested.length()));
        String found = "There is no endpoint " + shown + ".";
        return caller.isUnidentified()
                ? found
                : dispatchers.usableBy(caller).stream()
                        .map(this::path)
                        .collect(Collectors.joining(", ", found + " You may use ", ""));
    }
}
