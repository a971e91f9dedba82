package io.springline.testing;

import io.springline.feature.Completion;
import io.springline.feature.Completion.Reference;
import io.springline.feature.Completion.Suggestions;
import io.springline.feature.Content;
import io.springline.feature.FeatureSource;
import io.springline.feature.InputRequest;
import io.springline.feature.InputRequired;
import io.springline.feature.Prompt;
import io.springline.feature.PromptResult;
import io.springline.feature.Prompts;
import io.springline.feature.RequestContext;
import io.springline.feature.Resource;
import io.springline.feature.ResourceResult;
import io.springline.feature.ResourceTemplate;
import io.springline.feature.Resources;
import io.springline.feature.Tool;
import io.springline.feature.ToolHandler;
import io.springline.feature.ToolOutcome;
import io.springline.feature.ToolResult;
import io.springline.feature.Tools;
import io.springline.session.LogLevel;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.springframework.context.annotation.Bean;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/** The features that the transcripts speak of. */
public class TranscriptFixture {

    private static final JsonMapper JSON = JsonPattern.JSON;

    @Bean
    Gates gates() {
        return new Gates();
    }

    @Bean
    FeatureSource transcriptFeatures(
            Tools tools, Resources resources, Prompts prompts, Gates gates) {
        return new Source(tools, resources, prompts, gates);
    }

    /** What holds a slow call up. */
    private record Gate(CountDownLatch open, CountDownLatch interrupted) {}

    /** By the names that the transcripts give them; once opened, one stays open. */
    public static final class Gates {

        private final Map<String, Gate> gates = new ConcurrentHashMap<>();

        private Gates() {}

        private Gate gate(ObjectNode arguments) {
            return gates.computeIfAbsent(
                    arguments.path("gate").asString(""),
                    _ -> new Gate(new CountDownLatch(1), new CountDownLatch(1)));
        }

        /** New ones, which are shut, for who runs the transcripts again. */
        public void shut() {
            gates.clear();
        }
    }

    private static final class Source implements FeatureSource {

        private static final ObjectNode NAME_FORM =
                object(
                        """
                        {"type":"object","properties":{"name":{"type":"string","default":"you"}},
                         "required":["name"]}\
                        """);
        private static final ObjectNode COLOUR_FORM =
                object(
                        """
                        {"type":"object","properties":{"colour":{"type":"string"}},
                         "required":["colour"]}\
                        """);

        private final Tools tools;
        private final Resources resources;
        private final Prompts prompts;
        private final Gates gates;

        Source(Tools tools, Resources resources, Prompts prompts, Gates gates) {
            this.tools = tools;
            this.resources = resources;
            this.prompts = prompts;
            this.gates = gates;
        }

        private Gate gate(ObjectNode arguments) {
            return gates.gate(arguments);
        }

        @Override
        public List<Tool> tools() {
            return List.of(
                    tool(
                            """
                            {"name":"echo","description":"Says it again","inputSchema":{"type":"object",
                             "properties":{"message":{"type":"string"}},"required":["message"]}}\
                            """,
                            (_, arguments) ->
                                    ToolResult.text(
                                            "Echo: " + arguments.path("message").asString())),
                    tool(
                            """
                            {"name":"sum","title":"Add","description":"Adds two integers",
                             "icons":[{"src":"data:image/png;base64,AA=="}],
                             "inputSchema":{"$schema":"https://json-schema.org/draft/2020-12/schema",
                              "$defs":{"n":{"type":"integer"}},"type":"object",
                              "properties":{"a":{"$ref":"#/$defs/n"},"b":{"$ref":"#/$defs/n"}},
                              "required":["a","b"],"additionalProperties":false,"x-kept":1.50},
                             "outputSchema":{"type":"object","properties":{"sum":{"type":"integer"}},
                              "required":["sum"]},
                             "annotations":{"readOnlyHint":true,"openWorldHint":false},
                             "_meta":{"com.example/kept":true}}\
                            """,
                            (_, arguments) -> sum(arguments)),
                    tool(
                            """
                            {"name":"numbers","description":"Gives an array",
                             "inputSchema":{"type":"object"},
                             "outputSchema":{"type":"array","items":{"type":"integer"}}}\
                            """,
                            (_, _) -> ToolResult.structured(JSON.readTree("[1,2]"))),
                    tool("all_blocks", "Every kind of content", (_, _) -> allBlocks()),
                    tool("failing", "Throws", (_, _) -> fail()),
                    tool(
                            """
                            {"name":"broken_output","description":"Breaks its output schema",
                             "inputSchema":{"type":"object"},
                             "outputSchema":{"type":"object","required":["sum"]}}\
                            """,
                            (_, _) -> ToolResult.structured(object("{\"leaked\":\"s3cret\"}"))),
                    tool("progress", "Reports progress", (context, _) -> progress(context)),
                    tool("logging", "Logs at four levels", (context, _) -> logging(context)),
                    tool("slow", "Waits until its gate is opened", this::slow),
                    tool("stubborn", "Talks on when it is cancelled", this::stubborn),
                    tool("open_gate", "Opens a gate", (_, arguments) -> openGate(arguments)),
                    tool(
                            "was_interrupted",
                            "Whether the call at a gate was interrupted",
                            (_, arguments) -> wasInterrupted(arguments)),
                    tool("announce", "Announces a change", (_, arguments) -> announce(arguments)),
                    tool("ask", "Asks for a name and waits", (context, _) -> ask(context)),
                    tool("ask_twice", "Asks twice and waits", (context, _) -> askTwice(context)),
                    tool(
                            "ask_reentrant",
                            "Asks for a name and is called again",
                            (context, _) -> askReentrant(context)),
                    tool("survey", "Asks in two rounds", (context, _) -> survey(context)),
                    tool("ask_all", "Asks three things at once", (context, _) -> askAll(context)),
                    tool("ask_url", "Sends the user elsewhere", (context, _) -> askUrl(context)),
                    tool("ask_model", "Asks the client's model", this::askModel),
                    tool("ask_roots", "Asks for the roots", (context, _) -> askRoots(context)));
        }

        @Override
        public List<Resource> resources() {
            return List.of(
                    new Resource(
                            object(
                                    """
                                    {"uri":"note://1","name":"first","title":"The first note",
                                     "description":"A note","mimeType":"text/plain","size":2,
                                     "icons":[{"src":"data:image/png;base64,AA=="}],
                                     "annotations":{"audience":["user"],"priority":0.5,
                                      "lastModified":"2026-01-01T00:00:00Z"},
                                     "_meta":{"com.example/kept":true}}\
                                    """),
                            (_, _, _) ->
                                    new ResourceResult(
                                            object(
                                                    """
                                                    {"contents":[{"uri":"note://1","mimeType":"text/plain",
                                                     "text":"hi","_meta":{"com.example/kept":true}}]}\
                                                    """))),
                    Resource.of(
                            "note://logo",
                            "logo",
                            "A picture",
                            "image/png",
                            (_, uri, _) ->
                                    ResourceResult.blob(uri, "image/png", new byte[] {1, 2, 3})),
                    Resource.of(
                            "note://mine",
                            "mine",
                            "A note that asks who reads it",
                            "text/plain",
                            (context, uri, _) -> {
                                JsonNode who = context.answers().get("who");
                                return who == null
                                        ? InputRequired.of(
                                                "who", InputRequest.elicitation("Name?", NAME_FORM))
                                        : ResourceResult.text(
                                                uri, "text/plain", "For " + name(who));
                            }),
                    Resource.of(
                            "note://failing",
                            "failing",
                            "Throws",
                            "text/plain",
                            (_, _, _) -> fail()));
        }

        @Override
        public List<ResourceTemplate> resourceTemplates() {
            return List.of(
                    new ResourceTemplate(
                            object(
                                    """
                                    {"uriTemplate":"note://{id}","name":"notes","title":"Notes",
                                     "description":"Notes by number","mimeType":"text/plain",
                                     "icons":[{"src":"data:image/png;base64,AA=="}],
                                     "_meta":{"com.example/kept":true}}\
                                    """),
                            (_, uri, variables) ->
                                    variables.getOrDefault("id", "").equals("404")
                                            ? null
                                            : ResourceResult.text(
                                                    uri,
                                                    "text/plain",
                                                    "Note " + variables.get("id"))),
                    ResourceTemplate.of(
                            "book://{title}/{+page}",
                            "books",
                            "Pages of books",
                            "text/plain",
                            (_, uri, variables) ->
                                    ResourceResult.text(uri, "text/plain", variables.toString())),
                    ResourceTemplate.of(
                            "city://{name}",
                            "cities",
                            "Cities",
                            "text/plain",
                            (_, uri, _) -> ResourceResult.text(uri, "text/plain", "A city")));
        }

        @Override
        public List<Prompt> prompts() {
            return List.of(
                    new Prompt(
                            object(
                                    """
                                    {"name":"greet","title":"Greeting","description":"Greets",
                                     "icons":[{"src":"data:image/png;base64,AA=="}],
                                     "arguments":[
                                      {"name":"name","title":"Name","description":"Whom","required":true},
                                      {"name":"tone","description":"How"}],
                                     "_meta":{"com.example/kept":true}}\
                                    """),
                            (_, arguments) ->
                                    PromptResult.described("A greeting")
                                            .user(
                                                    Content.text(
                                                            "Greet %s, %s"
                                                                    .formatted(
                                                                            arguments.get("name"),
                                                                            arguments.getOrDefault(
                                                                                    "tone",
                                                                                    "kindly"))))),
                    Prompt.named("media")
                            .description("A sound and a link")
                            .handler((_, _) ->
                                    PromptResult.described(null)
                                            .user(Content.audio(new byte[] {1}, "audio/wav"))
                                            .assistant(
                                                    Content.resourceLink(
                                                            "note://1", "first", "text/plain"))),
                    Prompt.named("asking")
                            .description("Asks for a name")
                            .handler((context, _) -> {
                                JsonNode who = context.answers().get("who");
                                return who == null
                                        ? InputRequired.of(
                                                "who", InputRequest.elicitation("Name?", NAME_FORM))
                                        : PromptResult.described(null)
                                                .user(Content.text("I am " + name(who)));
                            }),
                    Prompt.named("failing").description("Throws").handler((_, _) -> fail()));
        }

        @Override
        public List<Completion> completions() {
            return List.of(
                    new Completion(
                            new Reference.ToPrompt("greet"),
                            (_, argument, value, resolved) ->
                                    switch (argument) {
                                        case "name" -> starting(value, "Ada", "Alan", "Grace");
                                        case "tone" ->
                                                Suggestions.of(
                                                        List.of("as " + resolved.get("name")));
                                        default -> Suggestions.NONE;
                                    }),
                    new Completion(
                            new Reference.ToResource("note://{id}"),
                            (_, _, _, _) ->
                                    Suggestions.of(
                                            IntStream.range(0, 150)
                                                    .mapToObj(Integer::toString)
                                                    .toList())));
        }

        private static Suggestions starting(String prefix, String... all) {
            return Suggestions.of(List.of(all).stream().filter(s -> s.startsWith(prefix)).toList());
        }

        private static ToolResult sum(ObjectNode arguments) {
            ObjectNode sum = JsonNodeFactory.instance.objectNode();
            JsonNode a = arguments.path("a");
            JsonNode b = arguments.path("b");
            sum.put("sum", a.bigIntegerValue().add(b.bigIntegerValue()));
            return ToolResult.structured(sum);
        }

        private static ToolResult allBlocks() {
            return new ToolResult(
                    object(
                            """
                            {"content":[
                             {"type":"text","text":"T","annotations":{"audience":["user"],
                              "lastModified":"2026-01-01T00:00:00Z"},"_meta":{"com.example/kept":true}},
                             {"type":"image","data":"AQ==","mimeType":"image/png"},
                             {"type":"audio","data":"AQ==","mimeType":"audio/wav"},
                             {"type":"resource_link","uri":"note://1","name":"first","title":"The first note",
                              "icons":[{"src":"data:image/png;base64,AA=="}]},
                             {"type":"resource","resource":{"uri":"note://1","mimeType":"text/plain",
                              "text":"hi","_meta":{"com.example/kept":true}}}],
                             "structuredContent":{"n":1.50}}\
                            """));
        }

        private static <T> T fail() {
            throw new IllegalStateException("password=s3cret in io.springline.Hidden");
        }

        private static ToolResult progress(RequestContext context) {
            context.progress(1, 4.0, "one");
            context.progress(1, 4.0, "one again, dropped");
            context.progress(2.5, null, null);
            context.progress(4, 4.0, "all");
            return ToolResult.text("Done");
        }

        private static ToolResult logging(RequestContext context) {
            context.log(LogLevel.DEBUG, "fixture", StringNode.valueOf("d"));
            context.log(LogLevel.INFO, "fixture", StringNode.valueOf("i"));
            context.log(LogLevel.WARNING, null, object("{\"w\":1}"));
            context.log(LogLevel.ERROR, "fixture", StringNode.valueOf("e"));
            return ToolResult.text("Logged");
        }

        private ToolResult slow(RequestContext context, ObjectNode arguments)
                throws InterruptedException {
            Gate gate = gate(arguments);
            try {
                gate.open().await();
                return ToolResult.text("Through " + arguments.path("gate").asString(""));
            } catch (InterruptedException e) {
                gate.interrupted().countDown();
                throw e;
            }
        }

        private ToolResult stubborn(RequestContext context, ObjectNode arguments) {
            Gate gate = gate(arguments);
            try {
                gate.open().await();
            } catch (InterruptedException e) {
                context.progress(1, null, "too late");
                context.log(LogLevel.EMERGENCY, null, StringNode.valueOf("too late"));
                gate.interrupted().countDown();
            }
            return ToolResult.text("too late");
        }

        private ToolResult openGate(ObjectNode arguments) {
            gate(arguments).open().countDown();
            return ToolResult.text("Open");
        }

        private ToolResult wasInterrupted(ObjectNode arguments) throws InterruptedException {
            boolean was = gate(arguments).interrupted().await(10, TimeUnit.SECONDS);
            return ToolResult.text(was ? "Yes" : "No");
        }

        private ToolResult announce(ObjectNode arguments) {
            switch (arguments.path("what").asString("")) {
                case "tools" -> tools.announceChange();
                case "prompts" -> prompts.announceChange();
                case "resources" -> resources.announceChange();
                default -> resources.announceUpdate(arguments.path("uri").asString(""));
            }
            return ToolResult.text("Announced");
        }

        private static ToolResult ask(RequestContext context) throws InterruptedException {
            return greeting(context.ask(InputRequest.elicitation("Name?", NAME_FORM)));
        }

        private static ToolResult askTwice(RequestContext context) throws InterruptedException {
            context.progress(1, 3.0, "before");
            String name = name(context.ask(InputRequest.elicitation("Name?", NAME_FORM)));
            context.progress(2, 3.0, "between");
            JsonNode answer = context.ask(InputRequest.elicitation("Colour?", COLOUR_FORM));
            return ToolResult.text(
                    "%s likes %s".formatted(name, answer.at("/content/colour").asString("")));
        }

        private static ToolOutcome askReentrant(RequestContext context) {
            JsonNode answer = context.answers().get("user_name");
            JsonNode state = context.state();
            if (answer == null) {
                return new InputRequired(
                        Map.of("user_name", InputRequest.elicitation("Name?", NAME_FORM)),
                        StringNode.valueOf("asked"));
            }
            return state == null ? ToolResult.error("An answer to nothing") : greeting(answer);
        }

        private static ToolOutcome survey(RequestContext context) {
            JsonNode state = context.state();
            JsonNode name = context.answers().get("name");
            JsonNode colour = context.answers().get("colour");
            if (state == null && name != null) {
                return new InputRequired(
                        Map.of("colour", InputRequest.elicitation("Colour?", COLOUR_FORM)),
                        StringNode.valueOf(name(name)));
            }
            if (state == null || colour == null) {
                return InputRequired.of("name", InputRequest.elicitation("Name?", NAME_FORM));
            }
            return ToolResult.text(
                    "%s likes %s"
                            .formatted(
                                    state.asString(""), colour.at("/content/colour").asString("")));
        }

        private static ToolOutcome askAll(RequestContext context) {
            Map<String, ObjectNode> answers = context.answers();
            if (!answers.keySet().containsAll(List.of("form", "model", "roots"))) {
                return new InputRequired(
                        Map.of(
                                "form", InputRequest.elicitation("Name?", NAME_FORM),
                                "model", InputRequest.sampling(question("Who?")),
                                "roots", InputRequest.roots()),
                        null);
            }
            return ToolResult.text(
                    "%s, %s, %d roots"
                            .formatted(
                                    name(answers.get("form")),
                                    answers.get("model").at("/content/text").asString(""),
                                    answers.get("roots").path("roots").size()));
        }

        private static ToolResult askUrl(RequestContext context) throws InterruptedException {
            JsonNode answer =
                    context.ask(
                            new InputRequest(
                                    InputRequest.Kind.ELICITATION,
                                    object(
                                            """
                                            {"mode":"url","message":"Sign here",
                                             "url":"https://example.com/sign"}\
                                            """)));
            return ToolResult.text(answer.path("action").asString(""));
        }

        private ToolResult askModel(RequestContext context, ObjectNode arguments)
                throws InterruptedException {
            ObjectNode question = question("Who?");
            if (arguments.path("tools").asBoolean(false)) {
                question.putArray("tools");
            }
            JsonNode answer = context.ask(InputRequest.sampling(question));
            return ToolResult.text(answer.at("/content/text").asString(""));
        }

        private static ToolResult askRoots(RequestContext context) throws InterruptedException {
            JsonNode answer = context.ask(InputRequest.roots());
            return ToolResult.text(answer.path("roots").size() + " roots");
        }

        /** One message of two blocks, which older revisions want as two messages. */
        private static ObjectNode question(String text) {
            return object(
                    """
                    {"messages":[{"role":"user","content":[{"type":"text","text":"%s"},
                     {"type":"text","text":"Be brief"}]}],"maxTokens":10}\
                    """
                            .formatted(text));
        }

        private static ToolResult greeting(JsonNode answer) {
            return switch (answer.path("action").asString("")) {
                case "accept" -> ToolResult.text("Hello, %s!".formatted(name(answer)));
                case "decline" -> ToolResult.text("The user declined");
                default -> ToolResult.text("The user cancelled");
            };
        }

        private static String name(JsonNode answer) {
            return answer.at("/content/name").asString("");
        }

        private static Tool tool(String name, String description, ToolHandler handler) {
            return Tool.named(name).description(description).handler(handler);
        }

        private static Tool tool(String definition, ToolHandler handler) {
            return new Tool(object(definition), handler);
        }

        private static ObjectNode object(String json) {
            return (ObjectNode) JSON.readTree(json);
        }
    }
}
