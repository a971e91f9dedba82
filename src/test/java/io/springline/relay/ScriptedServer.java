package io.springline.relay;

import io.springline.relay.config.StdioCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A stdio server that answers by a script, as a shell: each line that it reads is held against the
 * patterns, and the first that it contains decides which lines are written.
 */
public final class ScriptedServer {

    /** In an answer: the id of the request, as JSON. */
    static final String ID = "@ID";

    /** The id of the tool call before, as JSON. */
    static final String CALL = "@CALL";

    /** The line that was read, with single quotes in place of double ones. */
    static final String LINE = "@LINE";

    private static final String NO_METHOD =
            "{\"jsonrpc\":\"2.0\",\"id\":@ID,\"error\":{\"code\":-32601,\"message\":\"no\"}}";

    private final Map<String, List<String>> answers = new LinkedHashMap<>();

    /** A legacy server; what is not scripted further is answered by an error. */
    static ScriptedServer legacy() {
        return new ScriptedServer()
                .result(
                        "\"initialize\"",
                        "{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{\"tools\":{},\"prompts\":{},\"resources\":{},\"logging\":{}},\"serverInfo\":{\"name\":\"t\",\"version\":\"1\"}}")
                .result("logging/setLevel", "{}");
    }

    /** Writes these lines when one is read that contains the pattern; an earlier rule wins. */
    public ScriptedServer on(String pattern, String... lines) {
        answers.putIfAbsent(pattern, List.of(lines));
        return this;
    }

    public ScriptedServer result(String pattern, String result) {
        return on(pattern, "{\"jsonrpc\":\"2.0\",\"id\":@ID,\"result\":%s}".formatted(result));
    }

    ScriptedServer tools(String... names) {
        var tools = new ArrayList<String>();
        for (String name : names) {
            tools.add("{\"name\":\"%s\",\"inputSchema\":{\"type\":\"object\"}}".formatted(name));
        }
        return result("\"tools/list\"", "{\"tools\":[%s]}".formatted(String.join(",", tools)));
    }

    /** The pattern of a call of this tool. */
    static String tool(String name) {
        return "\"params\":{\"name\":\"" + name + "\"";
    }

    public StdioCommand command() {
        var script = new StringBuilder();
        script.append("while IFS= read -r line; do id=${line#*'\"id\":'}; id=${id%%[,\\}]*}\n");
        script.append("case \"$line\" in *'\"tools/call\"'*) call=$id;; esac\n");
        script.append("case \"$line\" in\n");
        answers.forEach((pattern, lines) -> {
            script.append("*'").append(pattern).append("'*)");
            for (String line : lines) {
                script.append(" printf '%s\\n' '")
                        .append(
                                line.replace(ID, "'\"$id\"'")
                                        .replace(CALL, "'\"$call\"'")
                                        .replace(
                                                LINE,
                                                "'\"$(printf %s \"$line\" | tr '\"' \"'\")\"'"))
                        .append("';");
            }
            script.append(" ;;\n");
        });
        script.append("*'\"id\":'*'\"method\":'*) printf '%s\\n' '")
                .append(NO_METHOD.replace(ID, "'\"$id\"'"))
                .append("' ;;\n");
        script.append("esac; done\n");
        return new StdioCommand("sh", List.of(file(script.toString())), Map.of(), null);
    }

    private static String file(String script) {
        try {
            Path file = Files.createTempFile("scripted", ".sh");
            file.toFile().deleteOnExit();
            return Files.writeString(file, script).toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The properties of an upstream of this name. */
    List<String> upstream(String name) {
        String prefix = "--springline.relay.upstreams." + name + ".";
        return List.of(prefix + "command=sh", prefix + "args[0]=" + command().args().getFirst());
    }
}
