package io.springline.relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.relay.TestHttpUpstream.Asked;
import io.springline.relay.TestHttpUpstream.Events;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A legacy upstream that accepts requests with 202 and answers on its GET stream. */
class HttpAnswerOnStreamTest extends HttpTransportTests {

    private static final String HELLO = "1: 1 {\"protocolVersion\":\"2025-06-18\"}";

    private final CountDownLatch granted = new CountDownLatch(1);
    private volatile Events stream;

    private void stream(Asked asked) throws Exception {
        granted.await();
        stream = asked.set("Mcp-Session-Id", "abc").events();
        end.await();
    }

    @Test
    void completesARequestByTheAnswerOnTheStream() throws Exception {
        openSession(
                "2025-06-18",
                asked -> {
                    if (asked.verb().equals("GET")) {
                        stream(asked);
                    } else {
                        asked.status(202);
                    }
                });
        request(2, "tools/call", "{}");
        await().until(() -> upstream.asked("POST").size() == 3);
        granted.countDown(); // the stream may begin after the request was accepted
        await().until(() -> stream != null);
        stream.data(PROGRESS).data(upstream.posted("tools/call").response("{\"x\":1}"));
        awaitLines(HELLO, "-: notifications/progress", "-: 2 {\"x\":1}");
        end.countDown();
    }

    @ParameterizedTest
    @CsvSource({"'\"result\":{}', 2 {}", "'\"x\":1', failed: invalid response"})
    void endsThePostOfARequestThatIsAnsweredOnTheStream(String response, String outcome)
            throws Exception {
        var gone = new CountDownLatch(1);
        openSession(
                "2025-06-18",
                asked -> {
                    if (asked.verb().equals("GET")) {
                        stream(asked);
                    } else {
                        untilGone(asked, gone);
                    }
                });
        granted.countDown();
        await().until(() -> stream != null);
        request(2, "tools/call", "{}");
        await().until(() -> receiver.lines().contains("2: notifications/progress"));
        stream.data("{\"jsonrpc\":\"2.0\",\"id\":2,%s}".formatted(response));
        await().until(() -> gone.getCount() == 0);
        assertThat(receiver.lines()).last().asString().contains(": " + outcome);
    }

    @Test
    void failsARequestThatIsAcceptedIfThereIsNoStream() throws Exception {
        openSession(
                "2025-06-18",
                asked -> {
                    if (asked.verb().equals("GET")) {
                        granted.await();
                        asked.status(405);
                    } else {
                        asked.status(202);
                    }
                });
        request(2, "tools/call", "{}");
        await().until(() -> upstream.asked("POST").size() == 3);
        granted.countDown();
        awaitLines(HELLO, "2: failed: upstream answered without a JSON-RPC response");
        request(3, "tools/call", "{}");
        awaitLines(
                HELLO,
                "2: failed: upstream answered without a JSON-RPC response",
                "3: failed: upstream answered without a JSON-RPC response");
    }
}
