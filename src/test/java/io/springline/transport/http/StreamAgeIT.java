package io.springline.transport.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.testing.HttpPeer;
import io.springline.testing.HttpPeer.Event;
import io.springline.testing.HttpPeer.Events;
import io.springline.transport.http.HttpTools.Control;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.json.JsonMapper;

/** Streams of GET that end at their maximum age. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        classes = SpringlineApplication.class,
        properties = {"springline.http.max-stream-age=1s", "springline.http.stream-after=100ms"})
@Import(HttpTools.class)
@Timeout(120)
class StreamAgeIT {

    @LocalServerPort int port;
    @Autowired LegacySessions sessions;
    @Autowired Control control;

    @ParameterizedTest
    @ValueSource(strings = {"2025-06-18", "2025-11-25"})
    void endsAnOldStreamAndLosesNothing(String revision) throws Exception {
        try (var peer = new HttpPeer(port, "/mcp").initialize(revision, "{}")) {
            LegacySession session =
                    sessions.all().stream()
                            .filter(each -> each.id().equals(peer.header("Mcp-Session-Id")))
                            .findFirst()
                            .orElseThrow();
            var received = new ArrayList<Integer>();
            int sent = 0;
            String last = null;
            for (int stream = 0; stream < 3; stream++) {
                boolean retry = false;
                try (Events events = peer.copy().with("Last-Event-ID", last).get()) {
                    announce(session, ++sent);
                    for (Event event; (event = events.next()) != null; ) {
                        last = event.id() == null ? last : event.id();
                        retry |= event.retry() != null;
                        if (event.data() != null && !event.data().isEmpty()) {
                            received.add(event.json().at("/params/data").asInt());
                        }
                    }
                }
                assertThat(retry).isTrue();
                announce(session, ++sent); // while there is no stream
            }
            try (Events events = peer.copy().with("Last-Event-ID", last).get()) {
                received.add(
                        Objects.requireNonNull(events.nextMessage())
                                .json()
                                .at("/params/data")
                                .asInt());
            }
            assertThat(received).isEqualTo(IntStream.rangeClosed(1, sent).boxed().toList());
        }
    }

    private static void announce(LegacySession session, int number) {
        var params = new JsonMapper().createObjectNode().put("level", "info").put("data", number);
        session.session().send(new Notification("notifications/message", params));
    }

    @Test
    void leavesCallsAlone() throws Exception {
        control.reset();
        try (var peer = new HttpPeer(port, "/mcp").initialize("2025-11-25", "{}");
                Events call = peer.open(HttpPeer.call(1, "wait", "{}"))) {
            try (Events old = peer.get()) {
                assertThat(old.rest()).isEmpty(); // it was younger than the call
            }
            control.go.countDown();
            List<Event> rest = call.rest();
            assertThat(rest).hasSize(1);
            assertThat(rest.getFirst().json().at("/result/content/0/text").asString())
                    .isEqualTo("waited");
        } finally {
            control.go.countDown();
        }
        await().until(() -> sessions.all().stream().noneMatch(LegacySession::isInUse));
    }
}
