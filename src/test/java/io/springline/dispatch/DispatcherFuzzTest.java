package io.springline.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.codec.Decoded.Batch;
import io.springline.jsonrpc.codec.Decoded.Ignored;
import io.springline.jsonrpc.codec.Decoded.Malformed;
import io.springline.jsonrpc.codec.Decoded.Message;
import io.springline.jsonrpc.codec.Decoded.UnusableAnswer;
import io.springline.mcp.ExtensionMethods;
import io.springline.resume.ResumableSessions;
import io.springline.session.McpSession;
import io.springline.session.SessionRegistry;
import io.springline.session.request.InFlight;
import io.springline.testing.CoreContext;
import io.springline.testing.Fuzz;
import io.springline.testing.InMemoryPeer;
import io.springline.testing.LogWatch;
import io.springline.testing.McpPeer;
import io.springline.testing.RandomMessages;
import io.springline.testing.TranscriptFixture;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.context.ApplicationContext;
import tools.jackson.databind.JsonNode;

/**
 * Random conversations of both eras, resumed ones among them: nothing escapes, each request has one
 * answer unless it was cancelled, and nothing is left in the end.
 */
class DispatcherFuzzTest {

    private static final List<String> VERSIONS = List.of("2024-11-05", "2025-03-26", "2025-11-25");

    @Test
    void answersEachRequestOnceAndLeaksNothing() {
        CoreContext.runner()
                .withUserConfiguration(TranscriptFixture.class)
                .withPropertyValues(
                        "springline.requests.rate=1000000/s",
                        "springline.requests.max-parked=100000")
                .run(context -> {
                    try (var log = new LogWatch()) {
                        Fuzz.search(
                                "dispatcher",
                                (random, trace) -> {
                                    new Conversation(context, random, trace).hold();
                                    assertThat(log.alarms()).isEmpty();
                                });
                    }
                });
    }

    private static final class Conversation {

        private final ApplicationContext context;
        private final Random random;
        private final Fuzz.Trace trace;
        private final RandomMessages messages;
        private final Map<RequestId, Integer> sent = new HashMap<>();
        private final Map<RequestId, Integer> answers = new HashMap<>();
        private final Set<RequestId> mayBeSilent = new HashSet<>();
        private InMemoryPeer peer;
        private long received;

        /** The answer to an opening request is not counted, and looks like any other answer. */
        private boolean lostCount;

        Conversation(ApplicationContext context, Random random, Fuzz.Trace trace) {
            this.context = context;
            this.random = random;
            this.trace = trace;
            this.peer = new InMemoryPeer(context);
            this.messages = new RandomMessages(random, random.nextInt(1 << 30) + "-");
        }

        void hold() throws Exception {
            JsonNode grant = random.nextInt(3) == 0 ? open() : null;
            if (random.nextInt(3) > 0) {
                send(messages.initialize(VERSIONS.get(random.nextInt(VERSIONS.size()))));
                send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
            }
            for (int i = random.nextInt(60); i >= 0 && peer.closeCode() == null; i--) {
                send(messages.next());
                if (random.nextInt(3) == 0) {
                    receive(0);
                }
                if (grant != null
                        && !lostCount
                        && random.nextInt(20) == 0
                        && peer.closeCode() == null) {
                    grant = resume(grant);
                }
            }
            await().pollInterval(Duration.ofMillis(1)).untilAsserted(this::allAreAnsweredOrRunning);
            McpSession session = peer.session();
            for (InFlight each : session.inFlight().all()) {
                each.cancel();
            }
            assertThat(session.inFlight().all()).isEmpty();
            assertThat(session.inFlight().count()).isZero();
            answers.forEach((id, count) ->
                    assertThat(count)
                            .as("answers to %s", id)
                            .isLessThanOrEqualTo(sent.getOrDefault(id, 0)));
            peer.close();
            assertThat(context.getBean(SessionRegistry.class).all()).isEmpty();
            assertThat(context.getBean(ResumableSessions.class).bufferedBytes()).isZero();
        }

        private JsonNode open() throws Exception {
            String open = "{\"jsonrpc\":\"2.0\",\"id\":\"open\",\"method\":\"springline/open\"}";
            trace.add(open);
            return peer.ask(open).get("result");
        }

        /** Cuts the connection, loses messages in transit, and resumes on another one. */
        private JsonNode resume(JsonNode grant) throws Exception {
            receive(0);
            trace.add("(cut)");
            peer.cut();
            peer = new InMemoryPeer(context);
            String resume =
                    """
                    {"jsonrpc":"2.0","id":"resume","method":"springline/resume",\
                    "params":{"token":%s,"epoch":%s,"received":%d}}\
                    """
                            .formatted(grant.get("token"), grant.get("epoch"), received);
            trace.add(resume);
            JsonNode answer = peer.ask(resume);
            assertThat(answer.at("/result/resumed").asBoolean(false)).as("%s", answer).isTrue();
            return answer.get("result");
        }

        private void send(String text) {
            trace.add(text);
            note(peer.session().codec().decode(text), false);
            peer.send(text);
        }

        private void note(Decoded decoded, boolean loose) {
            switch (decoded) {
                case Message(Request request) -> {
                    lostCount |=
                            request.method().equals(ExtensionMethods.OPEN)
                                    || request.method().equals(ExtensionMethods.RESUME);
                    sent(request.id(), loose);
                }
                case Message(Notification(var method, var params)) -> {
                    RequestId id = params == null ? null : RequestId.of(params.get("requestId"));
                    if (id != null && method.equals("notifications/cancelled")) {
                        mayBeSilent.add(id);
                    }
                }
                case Malformed(var answer, _) when answer.id() != null -> sent(answer.id(), loose);
                // a batch may be refused as a whole
                case Batch batch -> batch.elements().forEach(each -> note(each, true));
                case Message _, Malformed _, UnusableAnswer _, Ignored _ -> {}
            }
        }

        private void sent(RequestId id, boolean loose) {
            if (sent.merge(id, 1, Integer::sum) > 1 || loose) {
                mayBeSilent.add(id);
            }
        }

        private void allAreAnsweredOrRunning() throws Exception {
            receive(0);
            sent.keySet().stream()
                    .filter(id -> !mayBeSilent.contains(id) && !answers.containsKey(id))
                    .forEach(id ->
                            assertThat(peer.session().inFlight().find(id))
                                    .as("%s, which has no answer", id)
                                    .isNotNull());
        }

        private void receive(long millis) throws Exception {
            for (String text = peer.poll(millis); text != null; text = peer.poll(millis)) {
                JsonNode message = McpPeer.JSON.readTree(text);
                received++;
                for (JsonNode each : message.isArray() ? message : List.of(message)) {
                    RequestId id = RequestId.of(each.get("id"));
                    if (id != null && !each.has("method")) {
                        answers.merge(id, 1, Integer::sum);
                    }
                }
            }
        }
    }
}
