package io.springline.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.feature.RequestContext;
import io.springline.feature.SessionContext;
import io.springline.feature.Tool;
import io.springline.feature.endpoint.Features;
import io.springline.feature.endpoint.Preparations.Preparation;
import io.springline.feature.endpoint.SessionOffer;
import io.springline.feature.result.InputRequest;
import io.springline.feature.result.ToolResult;
import io.springline.jsonrpc.RequestId;
import io.springline.mcp.Topic;
import io.springline.resume.store.LocalSessionStore;
import io.springline.resume.store.SessionLease;
import io.springline.resume.store.SessionStore;
import io.springline.resume.store.SessionStore.Opened;
import io.springline.session.McpSession;
import io.springline.session.SessionState;
import io.springline.session.Subscriptions.Listen;
import io.springline.testing.CoreContext;
import io.springline.testing.InMemoryPeer;
import io.springline.testing.McpPeer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Features that some callers have: a session does not know them until they are prepared. */
class PreparedCallsTest {

    private static final String META = McpPeer.meta("{\"elicitation\":{}}");
    private static final String GROUP = "callers of the tracker";

    /** No @Configuration, or every other test would find it by scanning this package. */
    static class Fixture {

        final List<String> events = Collections.synchronizedList(new ArrayList<>());
        final List<Consumer<Topic>> joined = new CopyOnWriteArrayList<>();

        @Bean
        @Primary
        SessionStore watched() {
            return ReplacedResult.of(
                    SessionStore.class,
                    new LocalSessionStore(),
                    "open",
                    opened -> watched((Opened) opened));
        }

        private Opened watched(Opened opened) {
            return new Opened(
                    ReplacedResult.of(
                            SessionLease.class,
                            opened.lease(),
                            "running",
                            written -> {
                                events.add("written");
                                return written;
                            }),
                    opened.outcome());
        }

        Tool search() {
            ObjectNode definition =
                    Tool.named("tracker_search")
                            .description("Searches")
                            .handler((_, _) -> ToolResult.text(""))
                            .definition();
            return Tool.relayed(
                    definition,
                    (context, _) -> {
                        context.ask(InputRequest.elicitation("Where?", form()));
                        return ToolResult.text("found");
                    },
                    List.of("search", "tracker_search"),
                    "tracker");
        }

        private static ObjectNode form() {
            ObjectNode form = JsonNodeFactory.instance.objectNode().put("type", "object");
            form.putObject("properties");
            return form;
        }

        Tool pay() {
            return Tool.named("pay")
                    .description("Pays")
                    .handler((_, _) -> {
                        events.add("paid");
                        return ToolResult.text("paid");
                    });
        }
    }

    /** Adds sessions to the group, and records what sends changes to them. */
    private record Joining(Features features, List<Consumer<Topic>> joined) implements Preparation {

        @Override
        public boolean isNeeded() {
            return true;
        }

        @Override
        public void join(SessionContext session) {
            features.joinGroup(session.sessionId(), GROUP, session::onSessionEnd);
            joined.add(session.announcer());
        }

        @Override
        public List<String> run(RequestContext context) {
            features.joinGroup(context.sessionId(), GROUP, context::onSessionEnd);
            return List.of();
        }

        @Override
        public List<String> unreachable(Predicate<String> usable) {
            return List.of();
        }
    }

    private interface Conversation {
        void with(InMemoryPeer peer, ApplicationContext context, Fixture fixture) throws Exception;
    }

    private static void run(Conversation conversation) {
        CoreContext.runner()
                .withUserConfiguration(Fixture.class)
                .run(context -> {
                    var features = context.getBean(Features.class);
                    var fixture = context.getBean(Fixture.class);
                    features.preparations().add(new Joining(features, fixture.joined));
                    try (var peer = new InMemoryPeer(context)) {
                        conversation.with(peer, context, fixture);
                    }
                });
    }

    private static void offer(ApplicationContext context, Tool tool) {
        context.getBean(Features.class)
                .tools()
                .offerToSessions(Map.of(GROUP, new SessionOffer<>(Set.of(), List.of(tool))));
    }

    private static JsonNode call(McpPeer peer, int id, String tool) throws Exception {
        return peer.ask(
                """
                {"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{%s,"name":"%s"}}\
                """
                        .formatted(id, META, tool));
    }

    /** Otherwise another node would run it a second time. */
    @Test
    void writesThatACallRunsIfItsToolIsNotKnownYet() {
        run((peer, context, fixture) -> {
            offer(context, fixture.pay());
            peer.ask("{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"springline/open\"}");
            assertThat(call(peer, 1, "pay").at("/result/content/0/text").asString())
                    .isEqualTo("paid");
            assertThat(fixture.events).containsExactly("written", "paid");
        });
    }

    /** As the code of an app calls it, over HTTP in a session of its own. */
    @Test
    void findsAToolByTheNameThatItHasAtItsUpstream() {
        run((peer, context, fixture) -> {
            offer(context, fixture.search());
            JsonNode asked = call(peer, 1, "search");
            assertThat(asked.at("/result/inputRequests/input/method").asString())
                    .isEqualTo("elicitation/create");
            // The session knows the tool by now.
            JsonNode answer =
                    peer.ask(
                            """
                            {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{%s,"name":"search",\
                            "inputResponses":{"input":{"action":"decline"}},"requestState":"%s"}}\
                            """
                                    .formatted(META, asked.at("/result/requestState").asString()));
            assertThat(answer.at("/result/content/0/text").asString()).isEqualTo("found");
        });
    }

    @Test
    void sendsChangesToAModernClientThatOnlyListens() {
        run((peer, context, fixture) -> {
            peer.ask(
                    """
                    {"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{%s,"notifications":{"toolsListChanged":true}}}\
                    """
                            .formatted(META));
            fixture.joined.getFirst().accept(new Topic.ToolsChanged());
            assertThat(peer.receive().path("method").asString())
                    .isEqualTo("notifications/tools/list_changed");
        });
    }

    @Test
    void sendsUpdatesToALegacyClientThatOnlySubscribes() {
        run((peer, context, fixture) -> {
            peer.initialize("2025-11-25", "{}");
            peer.ask(
                    """
                    {"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":{"uri":"x:1"}}\
                    """);
            fixture.joined.getFirst().accept(new Topic.ResourceUpdated("x:1"));
            assertThat(peer.receive().at("/params/uri").asString()).isEqualTo("x:1");
        });
    }

    @Test
    void sendsChangesToASessionThatAnotherNodeOwned() {
        run((peer, context, fixture) -> {
            var listen = new Listen(true, false, false, Set.of());
            peer.session()
                    .restore(
                            new SessionState(
                                    SessionState.NEW.legacy(),
                                    SessionState.NEW.logLevel(),
                                    null,
                                    Set.of(),
                                    Map.of(new RequestId.Number(1), listen),
                                    Set.of()),
                            2);
            context.getBean(Dispatchers.class).of(McpSession.MAIN_ENDPOINT).restore(peer.session());
            fixture.joined.getFirst().accept(new Topic.ToolsChanged());
            for (int i = 0; i < 2; i++) {
                assertThat(peer.receive().path("method").asString())
                        .isEqualTo("notifications/tools/list_changed");
            }
        });
    }
}
