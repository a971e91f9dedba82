package io.springline.relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.relay.client.UpstreamException;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Sessions, cancellation and the end. */
class HttpLifecycleTest extends HttpTransportTests {

    @Test
    void repeatsSessionAndVersionOnceTheyAreKnown() throws IOException {
        openSession("2025-06-18", asked -> asked.result("{}"));
        assertThat(upstream.posted("initialize").header("Mcp-Session-Id")).isNull();
        assertThat(upstream.posted("initialize").header("MCP-Protocol-Version")).isNull();
        request(2, "tools/list", "{}");
        await().until(() -> receiver.lines().contains("2: 2 {}"));
        for (String method : new String[] {"notifications/initialized", "tools/list"}) {
            assertThat(upstream.posted(method).header("Mcp-Session-Id")).isEqualTo("abc");
            assertThat(upstream.posted(method).header("MCP-Protocol-Version"))
                    .isEqualTo("2025-06-18");
        }
        await().until(() -> upstream.asked("GET").size() == 1);
    }

    @Test
    void doesNotNameAVersionBeforeVersionsWereNamed() throws IOException {
        openSession("2025-03-26", asked -> asked.result("{}"));
        assertThat(upstream.posted("notifications/initialized").header("Mcp-Session-Id"))
                .isEqualTo("abc");
        assertThat(upstream.posted("notifications/initialized").header("MCP-Protocol-Version"))
                .isNull();
    }

    @Test
    void letsNothingOvertakeInitialized() throws IOException {
        var initialized = new CountDownLatch(1);
        open(asked -> {
            if (asked.method().equals("notifications/initialized")) {
                initialized.await();
                asked.status(202);
            } else {
                asked.result("{}");
            }
        });
        transport.send(new Notification("notifications/initialized"));
        request(1, "tools/list", "{}");
        await().until(() -> upstream.asked().size() == 1);
        initialized.countDown();
        awaitLines("1: 1 {}");
    }

    @Test
    void deliversUnsolicitedMessagesAndOpensTheirStreamAgain() throws IOException {
        openSession(
                "2025-11-25",
                asked -> {
                    if (asked.verb().equals("GET")) {
                        var events = asked.events().raw("retry: 10\n\n").event("g1", PROGRESS);
                        if ("g1".equals(asked.header("Last-Event-ID"))) {
                            end.await();
                        }
                        events.raw(": end\n\n");
                    }
                });
        await().untilAsserted(() ->
                assertThat(receiver.lines())
                        .filteredOn("-: notifications/progress"::equals)
                        .hasSize(2));
        assertThat(upstream.asked("GET").get(1).header("Mcp-Session-Id")).isEqualTo("abc");
    }

    @Test
    void aLostSessionClosesOnce() throws IOException {
        openSession(
                "2025-11-25",
                asked -> {
                    if (asked.method().equals("hang")) {
                        end.await();
                    }
                    asked.json(
                            404,
                            "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32001,\"message\":\"Session not found\"}}");
                });
        await().until(() -> upstream.asked("GET").size() == 1);
        request(2, "hang", "{}");
        int sent = 0;
        try {
            for (; sent < 20; sent++) {
                request(3 + sent, "tools/list", "{}");
            }
        } catch (UpstreamException e) {
            assertThat(e).hasMessage("Upstream 'test' is closed");
        }
        assertThat(sent).isPositive();
        await().until(() -> receiver.lines().getLast().startsWith("closed"));
        transport.close();
        assertThatThrownBy(() -> request(99, "ping", "{}")).isInstanceOf(UpstreamException.class);
        assertThat(receiver.lines())
                .filteredOn(line -> !line.contains(": refused: session expired"))
                .hasSize(2)
                .last()
                .isEqualTo("closed: session expired");
        assertThat(receiver.lines()).anyMatch(line -> line.endsWith(": refused: session expired"));
    }

    @Test
    void aSessionLostBetweenTwoStreamsClosesToo() throws IOException {
        openSession(
                "2025-11-25",
                asked -> {
                    if (upstream.asked("GET").size() == 1) {
                        asked.events().raw("retry: 1\nid: 1\n\n");
                    } else {
                        asked.status(404);
                    }
                });
        await().until(() -> receiver.lines().contains("closed: session expired"));
    }

    @Test
    void goesOnWithoutAStreamThatTheUpstreamDoesNotHave() throws IOException {
        for (int status : new int[] {405, 404}) {
            openSession(
                    "2025-11-25",
                    asked -> {
                        if (asked.verb().equals("GET")) {
                            asked.status(status);
                        } else {
                            asked.result("{}");
                        }
                    });
            await().until(() -> upstream.asked("GET").size() == 1);
            request(2, "ping", "{}");
            await().until(() -> receiver.lines().size() == 2);
            assertThat(receiver.lines()).last().isEqualTo("2: 2 {}");
            transport.close();
            assertThat(upstream.asked("GET")).hasSize(1);
            upstream.close();
            receiver.clear();
        }
    }

    @Test
    void closesTheStreamToCancelAModernRequest() throws IOException {
        var gone = new CountDownLatch(1);
        open(asked -> untilGone(asked, gone));
        modern(1, "tools/call", "\"name\":\"slow\"");
        await().until(() -> receiver.lines().size() == 1);
        transport.cancel(number(1), cancelled());
        await().until(() -> gone.getCount() == 0);
        assertThat(upstream.asked()).hasSize(1);
        awaitLines("1: notifications/progress");
    }

    @Test
    void tellsALegacyUpstreamThatARequestIsCancelled() throws IOException {
        var gone = new CountDownLatch(1);
        open(asked -> {
            if (asked.method().equals("notifications/cancelled")) {
                asked.status(202);
            } else {
                untilGone(asked, gone);
            }
        });
        request(1, "tools/call", "{}");
        await().until(() -> receiver.lines().size() == 1);
        transport.cancel(number(1), cancelled());
        transport.cancel(number(1), cancelled());
        await().until(() -> gone.getCount() == 0 && upstream.asked().size() == 2);
        assertThat(
                        upstream.posted("notifications/cancelled")
                                .body()
                                .at("/params/requestId")
                                .intValue())
                .isEqualTo(1);
        awaitLines("1: notifications/progress");
    }

    @Test
    void endsTheSessionWhenItCloses() throws IOException {
        var gone = new CountDownLatch(1);
        openSession(
                "2025-11-25",
                asked -> {
                    if (asked.verb().equals("DELETE")) {
                        asked.status(204);
                    } else {
                        untilGone(asked, gone);
                    }
                });
        request(2, "tools/call", "{}");
        await().until(() -> receiver.lines().contains("2: notifications/progress"));
        transport.close();
        assertThat(upstream.asked("DELETE"))
                .singleElement()
                .extracting(asked -> asked.header("Mcp-Session-Id"))
                .isEqualTo("abc");
        await().until(() -> gone.getCount() == 0);
        assertThat(receiver.lines().getLast()).isEqualTo("closed: closed");
    }

    @Test
    void tellsTheEndAfterTheCallbackThatBroughtItAbout() throws IOException {
        open(asked -> asked.result("{}"));
        receiver.react(_ -> {
            transport.close();
            assertThat(receiver.lines()).hasSize(1);
        });
        request(1, "ping", "{}");
        awaitLines("1: 1 {}", "closed: closed");
    }
}
