package plugin;

import io.springline.feature.Tool;
import io.springline.feature.endpoint.Tools;
import io.springline.feature.result.ToolResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.annotation.Bean;

/**
 * Tools that write each of their runs into a file, which outlives the process and is shared by all
 * nodes. Packed into a jar by {@code PluginJar}; no other test sees it.
 */
@AutoConfiguration
public class CountingTools {

    private static final String SCHEMA =
            """
            {"type":"object","properties":{"key":{"type":"string"},"ms":{"type":"integer"}},\
            "required":["key"]}\
            """;

    private final Path runs;

    CountingTools(@Value("${test.runs}") Path runs) {
        this.runs = runs;
    }

    private ToolResult run(String key, int millis) throws IOException, InterruptedException {
        write(key);
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            write(key + " was interrupted");
            throw e;
        }
        return ToolResult.text("ran " + key);
    }

    private void write(String line) throws IOException {
        Files.writeString(runs, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /** May not run twice. */
    @Bean
    Tool count() {
        return Tool.named("count")
                .description("Counts its runs by key")
                .inputSchema(SCHEMA)
                .handler((context, arguments) ->
                        run(arguments.get("key").stringValue(), arguments.path("ms").asInt(0)));
    }

    /** May run twice. */
    @Bean
    Tool countIdempotently() {
        return Tool.named("count_idempotently")
                .description("Counts its runs by key, and says that it may be called twice")
                .inputSchema(SCHEMA)
                .idempotent()
                .handler((context, arguments) ->
                        run(arguments.get("key").stringValue(), arguments.path("ms").asInt(0)));
    }

    @Bean
    Tool announce(ObjectProvider<Tools> tools) {
        return Tool.named("announce")
                .description("Says that the list of tools is new")
                .readOnly()
                .handler((context, arguments) -> {
                    tools.getObject().announceChange();
                    return ToolResult.text("announced");
                });
    }
}
