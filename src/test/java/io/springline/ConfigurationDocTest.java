package io.springline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code docs/configuration.md} says of each property what its Javadoc says. After a change: {@code
 * ./mvnw test -Dtest=ConfigurationDocTest -Ddocs.write} writes it anew.
 */
class ConfigurationDocTest {

    private static final Path DOC = Path.of("docs/configuration.md");
    private static final String BEGIN = "<!-- from here on written by ConfigurationDocTest -->\n";

    @Test
    void documentsEachProperty() throws IOException {
        String doc = Files.readString(DOC);
        String head = doc.substring(0, doc.indexOf(BEGIN) + BEGIN.length());
        String expected = head + tables();
        if (System.getProperty("docs.write") != null) {
            Files.writeString(DOC, expected);
        }
        assertThat(Files.readString(DOC))
                .as("up to date, else: ./mvnw test -Dtest=ConfigurationDocTest -Ddocs.write")
                .isEqualTo(expected);
    }

    private static String tables() throws IOException {
        return metadata().entrySet().stream()
                .map(room ->
                        "\n## `springline.%s`\n\n%s\n"
                                .formatted(room.getKey(), table(room.getValue())))
                .collect(Collectors.joining());
    }

    private static String table(Map<String, JsonNode> properties) {
        return properties.values().stream()
                .map(property ->
                        "| `%s` | %s | %s |"
                                .formatted(
                                        property.path("name").stringValue(),
                                        standard(property.path("defaultValue")),
                                        meaning(property)))
                .collect(
                        Collectors.joining(
                                "\n", "| Property | Default | Meaning |\n|---|---|---|\n", ""));
    }

    private static String standard(JsonNode value) {
        if (value.isMissingNode()) {
            return "none";
        }
        return value.isArray()
                ? value.valueStream()
                        .map(ConfigurationDocTest::standard)
                        .collect(Collectors.joining(", "))
                : "`%s`".formatted(value.asString());
    }

    private static String meaning(JsonNode property) {
        String description =
                property.path("description")
                        .asString("")
                        .replaceAll("\\{@code\\s+([^}]*)}", "`$1`")
                        .replaceAll("\\s+", " ")
                        .replace("|", "\\|");
        assertThat(description).as("@param of %s", property.path("name")).isNotBlank();
        return description;
    }

    /** By room, then by name. */
    private static Map<String, Map<String, JsonNode>> metadata() throws IOException {
        try (InputStream json =
                SpringlineApplication.class.getResourceAsStream(
                        "/META-INF/spring-configuration-metadata.json")) {
            var rooms = new TreeMap<String, Map<String, JsonNode>>();
            for (JsonNode property :
                    JsonMapper.shared().readTree(Objects.requireNonNull(json)).path("properties")) {
                String name = property.path("name").stringValue();
                if (name.startsWith("springline.")) {
                    rooms.computeIfAbsent(name.split("\\.")[1], _ -> new TreeMap<>())
                            .put(name, property);
                }
            }
            return rooms;
        }
    }
}
