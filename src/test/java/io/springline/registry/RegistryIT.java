package io.springline.registry;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.springline.testing.Http;
import io.springline.testing.McpPeer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** What is published for registries, against the schemas of the MCP project. */
class RegistryIT {

    private static final String SERVER_JSON = "/.well-known/mcp/server.json";
    private static final String CARD = "/.well-known/mcp/server-card.json";

    private static List<?> faults(String schema, SpecificationVersion version, String document) {
        try (InputStream in = RegistryIT.class.getResourceAsStream("/registry/" + schema)) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            if (schema.startsWith("server-card")) {
                text = text.replaceFirst("\\{", "{\"\\$ref\":\"#/\\$defs/ServerCard\",");
            }
            return SchemaRegistry.withDefaultDialect(version)
                    .getSchema(text)
                    .validate(document, InputFormat.JSON);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<?> serverFaults(String document) {
        return faults("server.schema.json", SpecificationVersion.DRAFT_7, document);
    }

    private static List<?> cardFaults(String document) {
        return faults("server-card.schema.json", SpecificationVersion.DRAFT_2020_12, document);
    }

    @Nested
    @SpringBootTest(
            webEnvironment = WebEnvironment.RANDOM_PORT,
            properties = {
                "springline.registry.name=com.example/weather",
                "springline.registry.description=Forecasts and warnings",
                "springline.registry.website-url=https://example.com/weather",
                "springline.registry.repository.url=https://github.com/example/weather",
                "springline.registry.repository.source=github",
                "springline.server.title=Weather",
                "springline.server.version=2.1.0",
                "springline.auth.public-url=https://mcp.example.com",
                "springline.auth.tokens[0].name=ada",
                "springline.auth.tokens[0].hash=sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "springline.websocket.allowed-origins=https://app.example.com"
            })
    class Listed {

        @LocalServerPort int port;

        @Test
        void publishesAValidServerJson() throws Exception {
            HttpResponse<String> response = Http.send(port, "GET", SERVER_JSON);
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
            assertThat(serverFaults(response.body())).isEmpty();
            JsonNode json = McpPeer.JSON.readTree(response.body());
            assertThat(json.path("name").asString()).isEqualTo("com.example/weather");
            assertThat(json.path("version").asString()).isEqualTo("2.1.0");
            assertThat(json.at("/remotes/0/type").asString()).isEqualTo("streamable-http");
            assertThat(json.at("/remotes/0/url").asString())
                    .isEqualTo("https://mcp.example.com/mcp");
            assertThat(json.at("/remotes/0/headers/0/name").asString()).isEqualTo("Authorization");
            // the schema does find faults
            assertThat(serverFaults(response.body().replace("com.example/", ""))).isNotEmpty();
        }

        @ParameterizedTest
        @ValueSource(strings = {CARD, "/mcp/server-card"})
        void publishesAValidServerCardForEveryPage(String path) throws Exception {
            HttpResponse<String> response =
                    Http.send(port, "GET", path, "Origin", "https://page.example.org");
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("Content-Type"))
                    .hasValue("application/mcp-server-card+json");
            assertThat(response.headers().allValues("Access-Control-Allow-Origin"))
                    .containsExactly("*");
            assertThat(response.headers().firstValue("Cache-Control").orElse(""))
                    .contains("max-age=3600", "public");
            assertThat(cardFaults(response.body())).isEmpty();
            JsonNode json = McpPeer.JSON.readTree(response.body());
            assertThat(json.at("/remotes/0/supportedProtocolVersions").toString())
                    .isEqualTo("[\"2026-07-28\",\"2025-11-25\",\"2025-06-18\",\"2025-03-26\"]");
            assertThat(cardFaults(response.body().replace("streamable-http", "carrier-pigeon")))
                    .isNotEmpty();

            String tag = response.headers().firstValue("ETag").orElseThrow();
            assertThat(Http.send(port, "GET", path, "If-None-Match", tag).statusCode())
                    .isEqualTo(304);
        }
    }

    @Nested
    @SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
    class NotListed {

        @LocalServerPort int port;

        @ParameterizedTest
        @ValueSource(strings = {SERVER_JSON, CARD, "/mcp/server-card"})
        void publishesNothing(String path) throws Exception {
            assertThat(Http.send(port, "GET", path).statusCode()).isEqualTo(404);
        }
    }
}
