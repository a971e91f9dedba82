package io.springline.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code java -jar springline.jar list ws://…}. */
@Command(
        name = "list",
        description =
                "Lists the tools of a server, or its prompts, resources or resource templates.",
        footer = Failure.EXIT_CODES,
        mixinStandardHelpOptions = true)
final class ListCommand implements Callable<Integer> {

    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final int MAX_PAGES = 1000;

    enum Kind {
        TOOLS("tools/list", "tools"),
        PROMPTS("prompts/list", "prompts"),
        RESOURCES("resources/list", "resources"),
        TEMPLATES("resources/templates/list", "resourceTemplates");

        private final String method;
        private final String member;

        Kind(String method, String member) {
            this.method = method;
            this.member = member;
        }
    }

    @Mixin private ClientOptions options = new ClientOptions();

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "KIND",
            description = "tools, prompts, resources or templates; default: tools",
            defaultValue = "tools")
    private Kind kind = Kind.TOOLS;

    @Option(names = "--json", description = "print the definitions as JSON, on one line")
    private boolean json;

    @Override
    public Integer call() throws Failure, InterruptedException {
        try (var server = CommandSession.open(options, TIMEOUT)) {
            List<ObjectNode> entries = all(server.initialize());
            if (json) {
                ArrayNode array = JsonNodeFactory.instance.arrayNode().addAll(entries);
                options.print(array.toString());
            } else if (!entries.isEmpty()) {
                options.print(TerminalText.list(entries));
            }
            return 0;
        }
    }

    private List<ObjectNode> all(CommandSession server) throws Failure, InterruptedException {
        var entries = new ArrayList<ObjectNode>();
        ObjectNode params = JsonNodeFactory.instance.objectNode();
        for (int page = 0; page < MAX_PAGES; page++) {
            ObjectNode result = server.ask(kind.method, params);
            for (JsonNode each : result.path(kind.member)) {
                if (each instanceof ObjectNode entry) {
                    entries.add(entry);
                }
            }
            JsonNode next = result.path("nextCursor");
            if (!next.isString()) {
                return entries;
            }
            params = JsonNodeFactory.instance.objectNode();
            params.set("cursor", next);
        }
        throw new Failure(
                Failure.ERROR,
                "The server's list of %s has more than %d pages".formatted(kind.member, MAX_PAGES));
    }
}
