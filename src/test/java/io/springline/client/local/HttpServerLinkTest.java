package io.springline.client.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.node.JsonNodeFactory;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HttpServerLinkTest {

    private static final int MAX_POSTS = 128;

    private final BlockingQueue<JsonRpcMessage> heard = new LinkedBlockingQueue<>();
    private final CompletableFuture<Integer> exit = new CompletableFuture<>();
    private final CountDownLatch over = new CountDownLatch(1);
    private HttpServer server;
    private HttpServerLink link;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
        var uri = URI.create("http://127.0.0.1:%d/mcp".formatted(server.getAddress().getPort()));
        link = new HttpServerLink(uri, 1 << 20, heard::add, exit::complete);
    }

    @AfterEach
    void stop() {
        link.close();
        over.countDown();
        server.stop(0);
    }

    private static Request request(long id, String method) {
        return new Request(new RequestId.Number(id), method, null);
    }

    private JsonRpcMessage message() throws InterruptedException {
        JsonRpcMessage message = heard.poll(60, TimeUnit.SECONDS);
        assertThat(message).as("a message").isNotNull();
        return message;
    }

    private static void answer(HttpExchange exchange, int status, String type, String body)
            throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getRequestBody().readAllBytes();
        exchange.getResponseHeaders().add("Content-Type", type);
        exchange.getResponseHeaders().add("Mcp-Session-Id", "s");
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Test
    void opensItsEventStreamAgainAfterAFailure() throws Exception {
        var streams = new AtomicInteger();
        server.createContext(
                "/mcp",
                exchange -> {
                    if (exchange.getRequestMethod().equals("POST")) {
                        String result = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}";
                        answer(exchange, 200, "application/json", result);
                    } else {
                        switch (streams.incrementAndGet()) {
                            case 1 -> answer(exchange, 503, "text/plain", "");
                            case 2 -> exchange.close(); // without a response
                            default -> {
                                String event =
                                        "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\"}\n\n";
                                answer(exchange, 200, "text/event-stream", event);
                            }
                        }
                    }
                });
        link.send(request(1, "initialize"));
        assertThat(message()).isInstanceOf(ResultResponse.class);
        assertThat(message()).isEqualTo(new Notification("notifications/x"));
    }

    @Test
    void cancelsARequestAlthoughAsManyAreInFlightAsMayBe() throws Exception {
        server.createContext(
                "/mcp",
                exchange -> {
                    String body =
                            new String(
                                    exchange.getRequestBody().readAllBytes(),
                                    StandardCharsets.UTF_8);
                    if (body.contains("notifications/cancelled")) {
                        answer(exchange, 202, "text/plain", "");
                    } else if (body.contains("last")) {
                        String result = "{\"jsonrpc\":\"2.0\",\"id\":1000,\"result\":{}}";
                        answer(exchange, 200, "application/json", result);
                    } else {
                        try {
                            over.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    }
                });
        for (int id = 0; id < MAX_POSTS; id++) {
            link.send(request(id, "hang"));
        }
        link.send(request(MAX_POSTS, "refused"));
        assertThat(message())
                .isInstanceOfSatisfying(
                        ErrorResponse.class,
                        refused -> {
                            assertThat(refused.id()).isEqualTo(new RequestId.Number(MAX_POSTS));
                            assertThat(refused.error().message()).contains("128 earlier requests");
                        });
        var cancelled = JsonNodeFactory.instance.objectNode().put("requestId", 0);
        link.send(new Notification("notifications/cancelled", cancelled));
        link.send(request(1000, "last"));
        while (!(message() instanceof ResultResponse)) {
            // the error of the cancelled request
        }
    }
}
