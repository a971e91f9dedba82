package io.springline.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.McpPeer;
import io.springline.testing.SocketPeer;
import io.springline.transport.drain.GracefulDrain;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.annotation.DirtiesContext;

/** A connection becomes busy while idle ones are closed. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {"spring.profiles.active=conformance", "springline.drain.delay=0s"})
@DirtiesContext
@Timeout(180)
class DrainOfBusyConnectionsIT {

    @LocalServerPort int port;
    @Autowired Connections connections;
    @Autowired GracefulDrain drain;

    /** A client with a subscription, whose end is sent before the connection is closed. */
    private record Client(SocketPeer peer, OpenConnection connection) {}

    private Client subscribed() throws Exception {
        List<OpenConnection> before = List.copyOf(connections.open());
        var peer = SocketPeer.connect("ws://127.0.0.1:" + port + "/mcp");
        peer.ask(
                """
                {"jsonrpc":"2.0","id":"sub","method":"subscriptions/listen","params":{%s,"notifications":{"toolsListChanged":true}}}\
                """
                        .formatted(McpPeer.meta("{}")));
        OpenConnection opened =
                connections.open().stream()
                        .filter(each -> !before.contains(each))
                        .findFirst()
                        .orElseThrow();
        return new Client(peer, opened);
    }

    @Test
    void answersACallThatIsAcceptedWhileAnotherConnectionIsClosed() throws Exception {
        Client one = subscribed();
        Client two = subscribed();
        var busy = new CompletableFuture<Client>();
        var first = new AtomicBoolean(true);
        for (Client each : List.of(one, two)) {
            whenClosed(
                    each,
                    () -> {
                        if (first.getAndSet(false)) {
                            busy.complete(call(each == one ? two : one));
                        }
                    });
        }
        drain.begin();
        SocketPeer calling = busy.get(60, TimeUnit.SECONDS).peer();
        assertThat(calling.awaitClose()).isEqualTo(1012);
        var received = new ArrayList<String>();
        for (String next; (next = calling.poll(0)) != null; ) {
            received.add(next);
        }
        assertThat(received).anyMatch(each -> each.contains("slept 300"));
        one.peer().close();
        two.peer().close();
    }

    private static Client call(Client client) {
        client.peer()
                .send(
                        """
                        {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{%s,"name":"sleep","arguments":{"ms":300}}}\
                        """
                                .formatted(McpPeer.meta("{}")));
        await().until(() -> !client.connection().session().inFlight().isIdle());
        return client;
    }

    /** Runs the action on the thread that sends the end of the subscription. */
    private static void whenClosed(Client client, Runnable action) {
        client.connection()
                .connection()
                .tap(
                        new TrafficTap() {
                            @Override
                            public void received(byte[] payload) {}

                            @Override
                            public void sent(byte[] payload) {
                                action.run();
                            }
                        });
    }
}
