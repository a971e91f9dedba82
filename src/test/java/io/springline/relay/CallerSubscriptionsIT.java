package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.HttpPeer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Subscriptions to changes at an upstream with a process of each caller. */
class CallerSubscriptionsIT {

    @TempDir Path folder;

    private static HttpPeer.Events listen(HttpPeer http, String notifications) throws Exception {
        HttpPeer.Events events =
                http.modern("subscriptions/listen", null)
                        .open(
                                """
                                {"jsonrpc":"2.0","id":9,"method":"subscriptions/listen","params":{"notifications":%s,%s}}\
                                """
                                        .formatted(notifications, HttpPeer.MODERN));
        assertThat(method(events)).isEqualTo("notifications/subscriptions/acknowledged");
        return events;
    }

    private static String method(HttpPeer.Events events) throws Exception {
        var message = events.nextMessage();
        assertThat(message).isNotNull();
        return message.json().path("method").asString();
    }

    private static String call(HttpPeer http, String tool) throws Exception {
        return http.modern("tools/call", tool).post(HttpPeer.modernCall(1, tool, "{}")).body();
    }

    /** Over HTTP in this revision, a subscription is a session of its own. */
    @Test
    void aModernClientOverHttpGetsTheChangesOfItsOwnProcess() throws Exception {
        Files.writeString(folder.resolve("ada"), "secret");
        var properties = new ArrayList<>(RelayedService.principals("ada"));
        properties.addAll(RelayedService.stdio("own"));
        properties.add("--springline.relay.upstreams.own.auth.type=per-principal");
        properties.add("--springline.relay.upstreams.own.auth.env=USER_TOKEN");
        properties.add("--springline.relay.upstreams.own.auth.folder=" + folder);
        try (var service = new RelayedService(Map.of(), properties.toArray(String[]::new));
                var http =
                        new HttpPeer(service.port(), "/mcp/own")
                                .with("Authorization", "Bearer tok-ada")) {
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> call(http, "touch").contains("touched"));
            try (var tools = listen(http, "{\"toolsListChanged\":true}");
                    var note = listen(http, "{\"resourceSubscriptions\":[\"test://note\"]}")) {
                assertThat(methodAfter(() -> call(http, "add_tool"), tools))
                        .isEqualTo("notifications/tools/list_changed");
                // The process is subscribed some time after the client.
                assertThat(methodAfter(() -> call(http, "touch"), note))
                        .isEqualTo("notifications/resources/updated");
            }
        }
    }

    /** Repeats the call until a message arrives. */
    private static String methodAfter(Callable<String> call, HttpPeer.Events events) {
        var received = new CompletableFuture<String>();
        Thread.startVirtualThread(() -> {
            try {
                received.complete(method(events));
            } catch (Exception e) {
                received.completeExceptionally(e);
            }
        });
        await().atMost(Duration.ofMinutes(1))
                .until(() -> {
                    call.call();
                    return received.isDone();
                });
        return received.join();
    }
}
