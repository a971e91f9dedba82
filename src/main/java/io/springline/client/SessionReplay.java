package io.springline.client;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The session state that a client repeats after its session was lost: {@code initialize}, the log
 * level and resource subscriptions. Applies to legacy revisions (2024-11-05 to 2025-11-25); modern
 * revisions send this data with each request. Thread-safe.
 */
final class SessionReplay {

    private static final int MAX_SUBSCRIPTIONS = 1024;

    private @Nullable Request initialize;
    private @Nullable Request setLevel;
    private final Map<String, Request> subscriptions = new LinkedHashMap<>();
    private boolean initialized;

    /** Records the response to a request. A request that failed is not repeated later. */
    synchronized void answered(Request request, Response response) {
        if (!(response instanceof ResultResponse)) {
            return;
        }
        switch (request.method()) {
            case "initialize" -> {
                initialize = request;
                initialized = false;
                setLevel = null;
                subscriptions.clear();
            }
            case "logging/setLevel" -> setLevel = initialize == null ? null : request;
            case "resources/subscribe" -> {
                if (initialize != null && subscriptions.size() < MAX_SUBSCRIPTIONS) {
                    subscriptions.put(uri(request), request);
                }
            }
            case "resources/unsubscribe" -> subscriptions.remove(uri(request));
            default -> {}
        }
    }

    private static String uri(Request request) {
        return request.params() == null ? "" : request.params().path("uri").asString("");
    }

    /** Records that a message is being sent. */
    synchronized void written(JsonRpcMessage message) {
        if (message instanceof Notification(var method, var ignored)
                && method.equals("notifications/initialized")) {
            initialized = true;
        }
    }

    /** Returns the last successful {@code initialize} request, or null if there is none. */
    synchronized @Nullable Request initialize() {
        return initialize;
    }

    /** Returns true if {@code notifications/initialized} was sent. */
    synchronized boolean isInitialized() {
        return initialized;
    }

    /** Returns the requests to repeat after the MCP handshake. */
    synchronized List<Request> settings() {
        var settings = new ArrayList<Request>();
        if (setLevel != null) {
            settings.add(setLevel);
        }
        settings.addAll(subscriptions.values());
        return settings;
    }
}
