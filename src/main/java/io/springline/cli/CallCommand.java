package io.springline.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.jspecify.annotations.Nullable;
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
final class CallCommand implements Command {

    private static final Option JSON_RESULT =
            Arguments.flag("json", "print the whole result as JSON, on one line");
    private static final Option TIMEOUT =
            Arguments.option("timeout", "SECONDS", "time limit for the result; default: 300");

    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
                    .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                    .build();

    @Override
    public Usage usage() {
        return new Usage(
                "call",
                "Calls a tool. Prints the result to standard output, progress to standard error.",
                Failure.EXIT_CODES,
                List.of(
                        ServerOptions.URL,
                        new Parameter(
                                "TOOL",
                                Parameter.Arity.REQUIRED,
                                "name of the tool; the command 'list' shows all tools"),
                        new Parameter(
                                "JSON",
                                Parameter.Arity.OPTIONAL,
                                "arguments of the tool, as a JSON object; - reads it from standard input")));
    }

    @Override
    public Options options() {
        return ServerOptions.optionsWithEncoding().addOption(JSON_RESULT).addOption(TIMEOUT);
    }

    @Override
    public int run(Arguments arguments) throws Failure, InterruptedException, IOException {
        var options = new ServerOptions(arguments);
        Duration timeout = timeout(arguments.value(TIMEOUT));
        ObjectNode params = JsonNodeFactory.instance.objectNode();
        params.put("name", arguments.positional(1));
        params.set("arguments", parsed(arguments.positional(2)));
        params.putObject("_meta").put("progressToken", "call");
        try (var server = CommandSession.open(options, timeout)) {
            ObjectNode result = server.initialize().ask("tools/call", params);
            boolean failed = result.path("isError").asBoolean(false);
            if (arguments.has(JSON_RESULT)) {
                arguments.print(result.toString());
            } else if (failed) {
                throw new Failure(Failure.TOOL_ERROR, TerminalText.result(result));
            } else {
                arguments.print(TerminalText.result(result));
            }
            return failed ? Failure.TOOL_ERROR : 0;
        }
    }

    private static Duration timeout(@Nullable String seconds) {
        try {
            int value = seconds == null ? 300 : Integer.parseInt(seconds);
            if (value > 0) {
                return Duration.ofSeconds(value);
            }
        } catch (NumberFormatException e) {
            // refused below
        }
        throw new WrongUsageException(
                "--timeout must be a number of seconds and at least 1, not '%s'"
                        .formatted(seconds));
    }

    /**
     * Returns the value. Its numbers keep their digits.
     *
     * @throws MismatchedInputException for a duplicate key
     */
    static JsonNode tree(String json) {
        return JSON.readTree(json);
    }

    private static ObjectNode parsed(@Nullable String arguments) throws IOException {
        if (arguments == null) {
            return JsonNodeFactory.instance.objectNode();
        }
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
            throw new WrongUsageException(
                    "The arguments %s (line %d, column %d). Example: '%s'"
                            .formatted(
                                    e instanceof MismatchedInputException
                                            ? "have a duplicate key"
                                            : "are not valid JSON",
                                    at == null ? 1 : at.getLineNr(),
                                    at == null ? 1 : at.getColumnNr(),
                                    "{\"message\":\"hi\"}"));
        }
        throw new WrongUsageException(
                "The arguments must be a JSON object. Example: '{\"message\":\"hi\"}'");
    }
}
