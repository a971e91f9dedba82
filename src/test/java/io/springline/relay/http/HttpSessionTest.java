package io.springline.relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.relay.client.UpstreamException;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the end of a legacy session is noticed, whatever a server says it with. */
class HttpSessionTest extends HttpTransportTests {

    /** Status, type and body of what SDKs and gateways answer after they have been restarted. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "404 | text/plain | Not Found",
                "410 | text/plain |",
                "404 | application/json | {'jsonrpc':'2.0','id':null,'error':{'code':-32001,'message':'Session not found'}}",
                "400 | application/json | {'jsonrpc':'2.0','id':null,'error':{'code':-32000,'message':'Bad Request: No valid session ID provided'}}",
                "400 | application/json | {'jsonrpc':'2.0','id':'server-error','error':{'code':-32600,'message':'Bad Request: Missing session ID'}}",
                "400 | application/json | {'jsonrpc':'2.0','error':{'code':-32000,'message':'Bad Request: Server not initialized'},'id':null}",
                "400 | application/json | {'error':'Invalid or missing session ID'}",
                "400 | text/plain | Invalid session ID",
                "401 | text/plain | Unauthorized: Session not found",
                "422 | text/plain | Unexpected message, expect initialize request",
                "404 | application/json | {'jsonrpc':'2.0','id':2,'error':{'code':-32603,'message':'Session not found: 0b1c'}}",
                "500 | application/json | {'message':'No transport found for sessionId'}",
                "200 | application/json | {'jsonrpc':'2.0','id':2,'error':{'code':-32001,'message':'Session has expired'}}",
                "200 | application/json | {'jsonrpc':'2.0','id':2,'error':{'code':-32000,'message':'Unknown session'}}",
                "200 | text/event-stream | data: {'jsonrpc':'2.0','id':2,'error':{'code':-32001,'message':'mcp-session-id abc is not valid'}}",
            })
    void refusesACallOfALostSessionSoThatItIsSentAgain(int status, String type, String body)
            throws IOException {
        openSession(
                "2025-11-25",
                asked -> {
                    if (asked.verb().equals("GET")) {
                        asked.status(405);
                    } else {
                        String text = body == null ? "" : body.replace('\'', '"');
                        asked.text(status, type, text + "\n\n");
                    }
                });
        receiver.clear();
        request(2, "tools/call", "{}");
        awaitLines("2: refused: session expired", "closed: session expired");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "400 | -32602 | Unknown tool",
                "200 | -32602 | Unknown session id: browser-3",
                "200 | -32603 | No session with the database",
                "400 | -32602 | Unknown session id: browser-3",
                "500 | -32603 | No session with the database",
                "403 | -32000 | Forbidden"
            })
    void deliversOtherErrors(int status, int code, String message) throws IOException {
        openSession(
                "2025-11-25",
                asked ->
                        asked.json(
                                status,
                                "{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":{\"code\":%d,\"message\":\"%s\"}}"
                                        .formatted(code, message)));
        receiver.clear();
        request(2, "tools/call", "{}");
        awaitLines("2: 2 error %d %s".formatted(code, message));
    }

    @Test
    void refusesEachOfTheCallsThatALostSessionTurnsAway() throws IOException {
        var all = new CountDownLatch(20);
        openSession(
                "2025-11-25",
                asked -> {
                    if (!asked.verb().equals("GET")) {
                        all.countDown();
                        assertThat(all.await(60, TimeUnit.SECONDS)).isTrue();
                        Thread.sleep(asked.body().path("id").asInt() * 5L);
                    }
                    asked.status(404);
                });
        receiver.clear();
        for (int id = 2; id < 22; id++) {
            request(id, "tools/call", "{}");
        }
        await().until(() -> receiver.lines().contains("closed: session expired"));
        assertThat(receiver.lines())
                .hasSize(21)
                .filteredOn(line -> line.endsWith(": refused: session expired"))
                .hasSize(20);
    }

    @Test
    void refusesACallToAServerThatIsGone() throws IOException {
        openSession("2025-11-25", asked -> asked.status(405));
        await().until(() -> upstream.asked("GET").size() == 1);
        receiver.clear();
        upstream.close();
        await().until(() -> {
            if (receiver.lines().isEmpty()) {
                try {
                    request((int) System.nanoTime(), "tools/call", "{}");
                } catch (UpstreamException e) {
                    return true;
                }
            }
            return receiver.lines().stream().anyMatch(line -> line.startsWith("closed"));
        });
        await().untilAsserted(() ->
                assertThat(receiver.lines())
                        .anyMatch(line -> line.endsWith(": refused: upstream cannot be reached"))
                        .last()
                        .isEqualTo("closed: upstream cannot be reached"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void dropsASessionWhoseStreamDoesNotComeBack(boolean reachable) throws IOException {
        var cut = new CountDownLatch(1);
        openSession(
                "2025-11-25",
                asked -> {
                    if (upstream.asked("GET").size() == 1) {
                        asked.events().event("1", PROGRESS).raw("retry: 1\n\n");
                        cut.await();
                    } else {
                        asked.status(502);
                    }
                });
        await().until(() -> receiver.lines().contains("-: notifications/progress"));
        if (!reachable) {
            upstream.close();
        }
        cut.countDown();
        awaitLast(
                reachable
                        ? "closed: upstream answered HTTP 502"
                        : "closed: upstream cannot be reached");
    }

    @Test
    void closesWhenANotificationIsOfALostSession() throws IOException {
        openSession(
                "2025-11-25",
                asked ->
                        asked.text(
                                asked.verb().equals("GET") ? 405 : 400,
                                "text/plain",
                                "No valid session ID provided"));
        transport.send(new Notification("notifications/cancelled"));
        awaitLast("closed: session expired");
    }

    @Test
    void sendsTheSessionIdWhateverTheCaseOfItsHeader() throws IOException {
        open(asked -> asked.set("mcp-SESSION-id", "x-1").result("{}"));
        request(1, "initialize", "{}");
        awaitLines("1: 1 {}");
        request(2, "ping", "{}");
        awaitLines("1: 1 {}", "2: 2 {}");
        assertThat(upstream.posted("ping").header("Mcp-Session-Id")).isEqualTo("x-1");
    }

    private void awaitLast(String line) {
        await().untilAsserted(() -> assertThat(receiver.lines()).last().isEqualTo(line));
    }
}
