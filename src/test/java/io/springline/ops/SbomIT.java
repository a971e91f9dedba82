package io.springline.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.McpPeer;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The jar says what it is made of. */
class SbomIT {

    @Test
    void theJarCarriesItsBillOfMaterials() throws Exception {
        try (var jar = new JarFile(System.getProperty("packaged.jar"))) {
            var entry = jar.getEntry("META-INF/sbom/application.cdx.json");
            assertThat(entry).isNotNull();
            try (var in = jar.getInputStream(entry)) {
                JsonNode sbom = McpPeer.JSON.readTree(in);
                assertThat(sbom.path("bomFormat").asString()).isEqualTo("CycloneDX");
                assertThat(sbom.path("components"))
                        .extracting(component -> component.path("name").asString())
                        .contains("jetty-server", "spring-websocket", "jackson-databind")
                        .doesNotContain("spring-boot-test", "awaitility");
                assertThat(sbom.path("components"))
                        .allSatisfy(component ->
                                assertThat(component.path("licenses"))
                                        .as(component.path("name").asString())
                                        .isNotEmpty());
            }
        }
    }
}
