package io.springline.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code java -jar springline.jar call ws://… TOOL '{"json":…}'}. */
@Command(
        name = "call",
        description =
                "Calls a tool. Prints the result to standard output, progress to standard error.",
        footer = Failure.EXIT_CODES,
        mixinStandardHelpOptions = true)
final class CallCommand implements Callable<Integer> {

    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
                    .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                    .build();

    @Mixin private ClientOptions options = new ClientOptions();

    @Parameters(
            index = "1",
            paramLabel = "TOOL",
            description = "name of the tool; the command 'list' shows all tools")
    private String tool = "";

    @Parameters(
            index = "2",
            arity = "0..1",
            paramLabel = "JSON",
            description = "arguments of the tool, as a JSON object; - reads it from standard input",
            defaultValue = "{}")
    private String arguments = "{}";

    @Option(names = "--json", description = "print the whole result as JSON, on one line")
    private boolean json;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "time limit for the result; default: ${DEFAULT-VALUE}",
            defaultValue = "300")
    private int timeout;

    @Override
    public Integer call() throws Failure, InterruptedException, IOException {
        if (timeout < 1) {
            throw options.usage("--timeout must be at least 1, not " + timeout);
        }
        ObjectNode params = JsonNodeFactory.instance.objectNode().put("name", tool);
        params.set("arguments", parsed());
        params.putObject("_meta").put("progressToken", "call");
        try (var server = CommandSession.open(options, Duration.ofSeconds(timeout))) {
            ObjectNode result = server.initialize().ask("tools/call", params);
            boolean failed = result.path("isError").asBoolean(false);
            if (json) {
                options.print(result.toString());
            } else if (failed) {
                throw new Failure(Failure.TOOL_ERROR, TerminalText.result(result));
            } else {
                options.print(TerminalText.result(result));
            }
            return failed ? Failure.TOOL_ERROR : 0;
        }
    }

    /**
     * Returns the value. Its numbers keep their digits.
     *
     * @throws MismatchedInputException for a duplicate key
     */
    static JsonNode tree(String json) {
        return JSON.readTree(json);
    }

    private ObjectNode parsed() throws IOException {
        String text =
                arguments.equals("-")
                        ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8)
                        : arguments;
        try {
            JsonNode node = tree(text);
            if (node instanceof ObjectNode object) {
                return object;
            }
        } catch (JacksonException e) {
            TokenStreamLocation at = e.getLocation();
            throw options.usage(
                    "The arguments %s (line %d, column %d). Example: '%s'"
                            .formatted(
                                    e instanceof MismatchedInputException
                                            ? "have a duplicate key"
                                            : "are not valid JSON",
                                    at == null ? 1 : at.getLineNr(),
                                    at == null ? 1 : at.getColumnNr(),
                                    "{\"message\":\"hi\"}"));
        }
        throw options.usage("The arguments must be a JSON object. Example: '{\"message\":\"hi\"}'");
    }
}
