package io.springline.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/**
 * The table of values in the chart's README is that of {@code values.yaml}. After a change: {@code
 * ./mvnw test -Dtest=ChartReadmeTest -Ddocs.write} writes it anew.
 */
class ChartReadmeTest {

    private static final Path README = Chart.FOLDER.resolve("README.md");
    private static final String START = "<!-- values: generated from values.yaml -->\n";
    private static final String END = "<!-- end of values -->\n";
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * @param path keys with dots between them
     */
    private record Documented(String path, String text) {}

    @Test
    void theTableOfValuesIsUpToDate() throws IOException {
        String readme = Files.readString(README);
        String expected =
                readme.substring(0, readme.indexOf(START) + START.length())
                        + table()
                        + readme.substring(readme.indexOf(END));
        if (System.getProperty("docs.write") != null) {
            Files.writeString(README, expected);
        }
        assertThat(Files.readString(README))
                .as("up to date, else: ./mvnw test -Dtest=ChartReadmeTest -Ddocs.write")
                .isEqualTo(expected);
    }

    @Test
    void eachValueIsDocumentedAndInTheSchema() throws IOException {
        List<String> documented = documented().stream().map(Documented::path).toList();
        JsonNode schema = JSON.readTree(Chart.FOLDER.resolve("values.schema.json").toFile());
        var open = new ArrayDeque<>(List.of(""));
        while (!open.isEmpty()) {
            String path = open.pop();
            JsonNode at = schema;
            for (String key : path.isEmpty() ? new String[0] : path.split("\\.")) {
                at = at.path("properties").path(key);
            }
            assertThat(at.isMissingNode()).as(path + " in the schema").isFalse();
            if (documented.contains(path)) {
                continue;
            }
            Object value = value(path);
            assertThat(value)
                    .as(path + " needs a comment that starts with --")
                    .isInstanceOf(Map.class);
            Map<?, ?> map = (Map<?, ?>) value;
            for (Object key : map.keySet()) {
                open.push(path.isEmpty() ? key.toString() : path + "." + key);
            }
            for (Iterator<String> names = at.path("properties").fieldNames(); names.hasNext(); ) {
                String name = names.next();
                assertThat(map.containsKey(name))
                        .as("%s.%s of the schema in values.yaml".formatted(path, name))
                        .isTrue();
            }
        }
    }

    private static String table() throws IOException {
        var table = new StringBuilder("| Value | Default | |\n|---|---|---|\n");
        for (Documented each : documented()) {
            table.append(
                    "| `%s` | `%s` | %s |\n"
                            .formatted(
                                    each.path(),
                                    JSON.writeValueAsString(value(each.path())),
                                    each.text().replace("|", "\\|")));
        }
        return table.toString();
    }

    /** Each {@code # -- text} with the path of the key below it. */
    private static List<Documented> documented() throws IOException {
        var documented = new ArrayList<Documented>();
        var path = new ArrayList<String>();
        String text = null;
        for (String line : Files.readAllLines(Chart.FOLDER.resolve("values.yaml"))) {
            String stripped = line.strip();
            int depth = (line.length() - line.stripLeading().length()) / 2;
            if (stripped.startsWith("# -- ")) {
                text = stripped.substring("# -- ".length());
            } else if (stripped.matches("[A-Za-z]+:.*") && depth <= path.size()) {
                path.subList(depth, path.size()).clear();
                path.add(stripped.substring(0, stripped.indexOf(':')));
                if (text != null) {
                    documented.add(new Documented(String.join(".", path), text));
                    text = null;
                }
            }
        }
        return documented;
    }

    private static Object value(String path) throws IOException {
        Object value = new Yaml().load(Files.readString(Chart.FOLDER.resolve("values.yaml")));
        for (String key : path.isEmpty() ? new String[0] : path.split("\\.")) {
            value = ((Map<?, ?>) value).get(key);
        }
        return value;
    }
}
