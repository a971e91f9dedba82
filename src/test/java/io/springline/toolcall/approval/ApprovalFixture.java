package io.springline.toolcall.approval;

import io.springline.feature.Tool;
import io.springline.feature.result.InputRequest;
import io.springline.feature.result.InputRequired;
import io.springline.feature.result.ToolOutcome;
import io.springline.feature.result.ToolResult;
import io.springline.session.Caller;
import io.springline.session.McpSession;
import io.springline.testing.CoreContext;
import io.springline.testing.InMemoryPeer;
import io.springline.testing.McpPeer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Tools whose calls need an approval, what they have run, and the messages of a client. */
public final class ApprovalFixture {

    public static final Caller ADA = new Caller("ada", Set.of(), null);
    public static final Caller BOB = new Caller("bob", Set.of(), null);
    public static final String YES = "{\"action\":\"accept\",\"content\":{\"approve\":true}}";
    private static final String ELICITATION = "{\"elicitation\":{}}";
    private static final JsonMapper JSON = new JsonMapper();

    private ApprovalFixture() {}

    /** The arguments with which {@code wipe} and {@code ask_and_wipe} have run. */
    public static final class Runs extends CopyOnWriteArrayList<String> {
        private static final long serialVersionUID = 1L;
    }

    /** No @Configuration, or every other test would find it by scanning this package. */
    static class Tools {

        @Bean
        Runs runs() {
            return new Runs();
        }

        @Bean
        Tool wipe(Runs runs) {
            return Tool.named("wipe")
                    .handler((_, arguments) -> {
                        runs.add(arguments.toString());
                        return ToolResult.text("wiped");
                    });
        }

        @Bean
        Tool look() {
            return Tool.named("look").readOnly().handler((_, _) -> ToolResult.text("seen"));
        }

        /** As a curated endpoint offers a tool of an upstream under another name. */
        @Bean
        Tool tidy(Runs runs) {
            return Tool.relayed(
                    (ObjectNode)
                            JSON.readTree(
                                    """
                                    {"name":"tidy","inputSchema":{"type":"object"},\
                                    "annotations":{"destructiveHint":false}}\
                                    """),
                    (_, arguments) -> {
                        runs.add(arguments.toString());
                        return ToolResult.text("tidied");
                    },
                    List.of("erase", "files_erase"),
                    "files");
        }

        @Bean
        Tool askAndWipe(Runs runs) {
            return Tool.named("ask_and_wipe")
                    .handler((context, arguments) -> {
                        if (context.answers().isEmpty()) {
                            return new InputRequired(
                                    Map.of("really", question()), JSON.readTree("{\"mine\":1}"));
                        }
                        return done(runs, context.state() + " " + arguments);
                    });
        }

        @Bean
        Tool blockAndWipe(Runs runs) {
            return Tool.named("block_and_wipe")
                    .handler((context, arguments) -> {
                        context.ask(question());
                        return done(runs, arguments.toString());
                    });
        }

        private static ToolOutcome done(Runs runs, String text) {
            runs.add(text);
            return ToolResult.text("wiped");
        }

        private static InputRequest question() {
            return InputRequest.elicitation(
                    "Really?",
                    (ObjectNode) JSON.readTree("{\"type\":\"object\",\"properties\":{}}"));
        }
    }

    public static ApplicationContextRunner runner() {
        return CoreContext.runner()
                .withUserConfiguration(Tools.class)
                .withPropertyValues(
                        "springline.approval.rules[0].tools=*wipe,erase",
                        "springline.requests.state-keys=0123456789abcdef0123456789abcdef");
    }

    public static InMemoryPeer peer(ApplicationContext context, Caller caller) {
        return new InMemoryPeer(context, McpSession.MAIN_ENDPOINT, caller);
    }

    /** Sends a modern call. */
    static JsonNode call(McpPeer peer, String tool, String arguments) throws Exception {
        return call(peer, tool, arguments, "");
    }

    public static JsonNode call(McpPeer peer, String tool, String arguments, String more)
            throws Exception {
        return peer.ask(
                """
                {"jsonrpc":"2.0","id":1,"method":"tools/call",\
                "params":{"name":"%s","arguments":%s,%s%s}}\
                """
                        .formatted(tool, arguments, McpPeer.meta(ELICITATION), more));
    }

    /** Repeats a modern call with an answer. */
    public static JsonNode answer(
            McpPeer peer, String tool, String arguments, JsonNode question, String answer)
            throws Exception {
        String key = question.at("/result/inputRequests").propertyNames().iterator().next();
        return call(
                peer,
                tool,
                arguments,
                ",\"inputResponses\":{\"%s\":%s},\"requestState\":%s"
                        .formatted(key, answer, question.at("/result/requestState")));
    }

    static boolean isQuestion(JsonNode answer) {
        return answer.at("/result/resultType").asString("").equals("input_required");
    }

    /** Sends a legacy call, and returns the request by which the server asks. */
    static JsonNode legacyCall(McpPeer peer, String tool, String arguments) throws Exception {
        return peer.ask(
                """
                {"jsonrpc":"2.0","id":1,"method":"tools/call",\
                "params":{"name":"%s","arguments":%s}}\
                """
                        .formatted(tool, arguments));
    }

    static JsonNode legacyAnswer(McpPeer peer, JsonNode question, String answer) throws Exception {
        return peer.ask(
                "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":%s}"
                        .formatted(question.get("id"), answer));
    }
}
