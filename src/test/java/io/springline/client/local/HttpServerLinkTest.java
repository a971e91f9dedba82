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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.JsonNodeFactory;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HttpServerLinkTest {

    private static final int MAX_POSTS = 128;
    private static final String EVENTS = "text/event-stream";
    private static final String NOTIFICATION =
            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\"}";
    private static final String RESULT = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}";

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

    /** Returns the text of the error that comes next. */
    private String failure() throws InterruptedException {
        JsonRpcMessage next = message();
        assertThat(next).isInstanceOf(ErrorResponse.class);
        return ((ErrorResponse) next).error().message();
    }

    private static String body(HttpExchange exchange) throws IOException {
        return new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    }

    private void awaitEnd() {
        try {
            over.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
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

    /** Serves a call by a POST stream that ends after an event id, and GETs by a script. */
    private void polls(Script gets) {
        server.createContext(
                "/mcp",
                exchange -> {
                    String last = exchange.getRequestHeaders().getFirst("Last-Event-ID");
                    if (exchange.getRequestMethod().equals("POST")) {
                        answer(exchange, 200, EVENTS, "id: 7\nretry: 1\ndata:\n\n");
                    } else if (last == null) {
                        answer(exchange, 405, "text/plain", "");
                    } else {
                        gets.answer(exchange, last);
                    }
                });
    }

    private interface Script {
        void answer(HttpExchange exchange, String lastEventId) throws IOException;
    }

    /** As the official TypeScript SDK does. */
    @Test
    void leavesAResumedStreamThatStaysOpenAfterTheAnswer() throws Exception {
        var left = new CountDownLatch(1);
        polls((exchange, last) -> {
            exchange.getResponseHeaders().add("Content-Type", EVENTS);
            exchange.sendResponseHeaders(200, 0);
            var out = exchange.getResponseBody();
            try {
                out.write(("data: " + RESULT + "\n\n").getBytes(StandardCharsets.UTF_8));
                while (over.getCount() > 0) {
                    out.write(": still open\n\n".getBytes(StandardCharsets.UTF_8));
                    out.flush();
                }
            } catch (IOException e) {
                left.countDown();
            }
        });
        link.send(request(1, "tools/call"));
        assertThat(message()).isInstanceOf(ResultResponse.class);
        assertThat(left.await(60, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void resumesTheStreamOfACallUntilItsAnswer() throws Exception {
        var asked = new LinkedBlockingQueue<String>();
        polls((exchange, last) -> {
            asked.add(last);
            switch (last) {
                case "7" -> answer(exchange, 200, EVENTS, "id: 8\ndata:\n\n");
                default -> answer(exchange, 200, EVENTS, "data: " + RESULT + "\n\n");
            }
        });
        link.send(request(1, "tools/call"));
        assertThat(message())
                .isInstanceOfSatisfying(
                        ResultResponse.class,
                        answer -> assertThat(answer.id()).isEqualTo(new RequestId.Number(1)));
        assertThat(asked).containsExactly("7", "8");
    }

    @ParameterizedTest
    @CsvSource({"503, 4", "200, 4", "405, 1"})
    void stopsToResumeAStreamWithoutEvents(int status, int requests) throws Exception {
        var asked = new AtomicInteger();
        polls((exchange, last) -> {
            asked.incrementAndGet();
            answer(exchange, status, EVENTS, "");
        });
        link.send(request(1, "tools/call"));
        assertThat(failure()).isEqualTo("the server sent no answer");
        assertThat(asked).hasValue(requests);
    }

    @Test
    void resumesNoCallThatIsCancelled() throws Exception {
        var resumed = new AtomicBoolean();
        server.createContext(
                "/mcp",
                exchange -> {
                    if (exchange.getRequestMethod().equals("GET")) {
                        // without the header, it is the stream of unsolicited messages
                        String last = exchange.getRequestHeaders().getFirst("Last-Event-ID");
                        resumed.compareAndSet(false, last != null);
                        exchange.close();
                    } else if (body(exchange).contains("notifications/cancelled")) {
                        answer(exchange, 202, "text/plain", "");
                    } else {
                        exchange.getResponseHeaders().add("Content-Type", EVENTS);
                        exchange.sendResponseHeaders(200, 0);
                        String event = "id: 7\nretry: 1\ndata: %s\n\n".formatted(NOTIFICATION);
                        exchange.getResponseBody().write(event.getBytes(StandardCharsets.UTF_8));
                        exchange.getResponseBody().flush();
                        awaitEnd();
                    }
                });
        link.send(request(1, "tools/call"));
        assertThat(message()).isInstanceOf(Notification.class);
        var cancelled = JsonNodeFactory.instance.objectNode().put("requestId", 1);
        link.send(new Notification("notifications/cancelled", cancelled));
        assertThat(message()).isInstanceOf(ErrorResponse.class);
        assertThat(resumed).isFalse();
    }

    @Test
    void resumesItsEventStreamAndForgetsAnIdThatTheServerRefuses() throws Exception {
        var asked = new LinkedBlockingQueue<String>();
        server.createContext(
                "/mcp",
                exchange -> {
                    if (exchange.getRequestMethod().equals("POST")) {
                        answer(exchange, 200, "application/json", RESULT);
                        return;
                    }
                    String last = exchange.getRequestHeaders().getFirst("Last-Event-ID");
                    asked.add(String.valueOf(last));
                    switch (asked.size()) {
                        case 1 -> answer(exchange, 200, EVENTS, "id: a\nretry: 1\ndata:\n\n");
                        case 2 -> answer(exchange, 200, EVENTS, "id: b\ndata:\n\n");
                        case 3 -> answer(exchange, 400, "text/plain", "");
                        default -> {
                            answer(exchange, 200, EVENTS, "data: %s\n\n".formatted(NOTIFICATION));
                        }
                    }
                });
        link.send(request(1, "initialize"));
        assertThat(message()).isInstanceOf(ResultResponse.class);
        assertThat(message()).isEqualTo(new Notification("notifications/x"));
        assertThat(asked).startsWith("null", "a", "b", "null");
    }

    @Test
    void failsACallWhoseAnswerIsTooLarge() throws Exception {
        server.createContext(
                "/mcp",
                exchange -> {
                    if (exchange.getRequestMethod().equals("POST")) {
                        answer(exchange, 200, EVENTS, "data: " + "x".repeat(2 << 20) + "\n\n");
                    } else {
                        answer(exchange, 405, "text/plain", "");
                    }
                });
        link.send(request(1, "tools/call"));
        assertThat(failure()).contains("an event of more than 1048576 bytes");
    }

    @Test
    void cancelsARequestAlthoughAsManyAreInFlightAsMayBe() throws Exception {
        server.createContext(
                "/mcp",
                exchange -> {
                    String body = body(exchange);
                    if (body.contains("notifications/cancelled")) {
                        answer(exchange, 202, "text/plain", "");
                    } else if (body.contains("last")) {
                        String result = "{\"jsonrpc\":\"2.0\",\"id\":1000,\"result\":{}}";
                        answer(exchange, 200, "application/json", result);
                    } else {
                        awaitEnd();
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
