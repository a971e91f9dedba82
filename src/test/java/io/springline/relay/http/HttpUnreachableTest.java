package io.springline.relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.jsonrpc.JsonRpcMessage.Notification;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.client.HttpClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A call that cannot be sent while the responses of others arrive. */
class HttpUnreachableTest extends HttpTransportTests {

    private final CountDownLatch answer = new CountDownLatch(1);
    private final CountDownLatch unknown = new CountDownLatch(1);
    private final AtomicInteger attempts = new AtomicInteger();
    private volatile boolean reachable = true;
    private HttpClient resolving;
    private RawHttpUpstream server;

    @AfterEach
    void close() throws IOException {
        answer.countDown();
        unknown.countDown();
        transport.close();
        server.close();
        RelayHttpClient.stop(resolving);
    }

    /** Begins the response to request 1; then no connection can be made. */
    private void serveOneBeforeTheNameIsUnknown() throws IOException {
        server =
                new RawHttpUpstream((posted, out) -> {
                    if (posted.head().startsWith("GET")) {
                        out.write(
                                RawHttpUpstream.bytes(
                                        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nretry: 1\n\n"));
                        out.flush();
                        unknown.await();
                        return false;
                    }
                    String head =
                            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
                    out.write(RawHttpUpstream.bytes(head));
                    if (posted.body().contains("\"id\":1,")) {
                        out.write(RawHttpUpstream.bytes("data: %s\n\n".formatted(PROGRESS)));
                        out.flush();
                        answer.await();
                    }
                    out.write(
                            RawHttpUpstream.bytes("data: %s\n\n".formatted(posted.response("{}"))));
                    return false;
                });
        resolving =
                RelayHttpClient.start(
                        Duration.ofSeconds(20),
                        address -> {
                            attempts.incrementAndGet();
                            return reachable;
                        });
        URI url = server.url();
        transport = transport(resolving, url, Duration.ofMinutes(2));
        transport.start(receiver);
        request(1, "tools/call", "{}");
        awaitLines("1: notifications/progress");
        reachable = false;
        attempts.set(0);
    }

    @Test
    void sendsItAgainUntilTheUpstreamCanBeReached() throws IOException {
        serveOneBeforeTheNameIsUnknown();
        request(2, "tools/call", "{}");
        await().until(() -> attempts.get() >= 3);
        awaitLines("1: notifications/progress");
        reachable = true;
        awaitLines("1: notifications/progress", "2: 2 {}");
        answer.countDown();
        awaitLines("1: notifications/progress", "2: 2 {}", "1: 1 {}");
        assertThat(server.posted()).hasSize(2);
    }

    @Test
    void refusesItAfterTheOthersHaveEnded() throws IOException {
        serveOneBeforeTheNameIsUnknown();
        request(2, "tools/call", "{}");
        await().until(() -> attempts.get() >= 3);
        answer.countDown();
        awaitLines(
                "1: notifications/progress",
                "1: 1 {}",
                "2: refused: upstream's host name is unknown",
                "closed: upstream's host name is unknown");
    }

    /** The stream, too, would close the session after its third failure. */
    @Test
    void opensTheUnsolicitedStreamAgainUntilTheUpstreamCanBeReached() throws IOException {
        serveOneBeforeTheNameIsUnknown();
        reachable = true;
        transport.send(new Notification("notifications/initialized"));
        await().until(() -> server.posted().getLast().head().startsWith("GET"));
        reachable = false;
        attempts.set(0);
        unknown.countDown();
        await().until(() -> attempts.get() >= 5);
        answer.countDown();
        awaitLines(
                "1: notifications/progress", "1: 1 {}", "closed: upstream's host name is unknown");
    }
}
