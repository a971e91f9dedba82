package io.springline.client;

import java.net.URI;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The checked settings of a client, see {@link McpWebSocketClient.Builder}.
 *
 * @param giveUpAfter null for never
 */
record Settings(
        URI uri,
        Supplier<? extends @Nullable String> token,
        ClientListener listener,
        Duration backoffBase,
        Duration backoffCap,
        Duration pingInterval,
        Duration pingTimeout,
        Duration connectTimeout,
        int maxMessageSize,
        boolean binary,
        boolean compression,
        @Nullable Duration giveUpAfter) {

    Settings {
        String scheme = uri.getScheme();
        if (!"ws".equals(scheme) && !"wss".equals(scheme) || uri.getHost() == null) {
            throw new IllegalArgumentException(
                    "the URL of the server must begin with ws:// or wss://, for example ws://127.0.0.1:8080/mcp");
        }
        if (uri.getUserInfo() != null || uri.getFragment() != null) {
            throw new IllegalArgumentException(
                    "the URL of the server must not contain credentials or a fragment");
        }
        positive("backoff base", backoffBase);
        positive("backoff cap", backoffCap);
        positive("ping interval", pingInterval);
        positive("ping timeout", pingTimeout);
        positive("connect timeout", connectTimeout);
        if (maxMessageSize < 1) {
            throw new IllegalArgumentException("max message size must be at least 1 byte");
        }
        if (giveUpAfter != null) {
            positive("give up after", giveUpAfter);
        }
    }

    private static void positive(String name, Duration value) {
        if (!value.isPositive()) {
            throw new IllegalArgumentException(name + " must be positive, not " + value);
        }
    }
}
