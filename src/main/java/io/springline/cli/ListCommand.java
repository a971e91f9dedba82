package io.springline.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code java -jar springline.jar list ws://…}. */
final class ListCommand implements Command {

    private static final Option JSON =
            Arguments.flag("json", "print the definitions as JSON, on one line");
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

    @Override
    public Usage usage() {
        return new Usage(
                "list",
                "Lists the tools of a server, or its prompts, resources or resource templates.",
                Failure.EXIT_CODES,
                List.of(
                        ServerOptions.URL,
                        new Parameter(
                                "KIND",
                                Parameter.Arity.OPTIONAL,
                                "tools, prompts, resources or templates; default: tools")));
    }

    @Override
    public Options options() {
        return ServerOptions.optionsWithEncoding().addOption(JSON);
    }

    @Override
    public int run(Arguments arguments) throws Failure, InterruptedException {
        Kind kind = kind(arguments.positional(1));
        try (var server = CommandSession.open(new ServerOptions(arguments), TIMEOUT)) {
            List<ObjectNode> entries = all(server.initialize(), kind);
            if (arguments.has(JSON)) {
                ArrayNode array = JsonNodeFactory.instance.arrayNode().addAll(entries);
                arguments.print(array.toString());
            } else if (!entries.isEmpty()) {
                arguments.print(TerminalText.list(entries));
            }
            return 0;
        }
    }

    private static Kind kind(@Nullable String word) {
        try {
            return word == null ? Kind.TOOLS : Kind.valueOf(word.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new WrongUsageException(
                    "KIND must be tools, prompts, resources or templates, not '%s'"
                            .formatted(word));
        }
    }

    private static List<ObjectNode> all(CommandSession server, Kind kind)
            throws Failure, InterruptedException {
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
