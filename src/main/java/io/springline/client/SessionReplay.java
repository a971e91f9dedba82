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
 * What a server of 2024-11-05 to 2025-11-25 was told once and for all, to be told again to a new
 * session: {@code initialize}, the log level, the subscribed resources. Later revisions tell it
 * with each request. Safe for use by many threads.
 */
final class SessionReplay {

    private static final int MAX_SUBSCRIPTIONS = 1024;

    private @Nullable Request initialize;
    private @Nullable Request setLevel;
    private final Map<String, Request> subscriptions = new LinkedHashMap<>();
    private boolean initialized;

    /** The server has answered; what it has refused is not repeated. */
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

    /** The message is on its way. */
    synchronized void written(JsonRpcMessage message) {
        if (message instanceof Notification(var method, _)
                && method.equals("notifications/initialized")) {
            initialized = true;
        }
    }

    /** The request that opens the session, or null when it has none. */
    synchronized @Nullable Request initialize() {
        return initialize;
    }

    /** Whether the handshake was completed. */
    synchronized boolean isInitialized() {
        return initialized;
    }

    /** What follows the handshake. */
    synchronized List<Request> settings() {
        var settings = new ArrayList<Request>();
        if (setLevel != null) {
            settings.add(setLevel);
        }
        settings.addAll(subscriptions.values());
        return settings;
    }
}
