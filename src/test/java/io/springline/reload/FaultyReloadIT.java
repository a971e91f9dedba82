package io.springline.reload;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.SpringlineApplication;
import io.springline.auth.token.TokenHash;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;

/** A reload refuses the values with which the service would not start. */
class FaultyReloadIT {

    private static final Map<String, String> VALID =
            Map.of(
                    "springline.auth.url-tokens[0].name", "ada",
                    "springline.auth.url-tokens[0].hash", "sha256:" + TokenHash.of("1"),
                    "springline.auth.url-tokens[0].expires", "2099-01-01T00:00:00Z",
                    "springline.attach.tokens[0].name", "agent",
                    "springline.attach.tokens[0].hash", "sha256:" + TokenHash.of("2"),
                    "springline.websocket.allowed-hosts", "localhost");

    @TempDir Path folder;

    private void write(Map<String, String> changed) throws Exception {
        var values = new LinkedHashMap<>(VALID);
        values.putAll(changed);
        var text = new StringBuilder();
        values.forEach((name, value) -> {
            if (!value.equals("-")) {
                text.append(name).append('=').append(value).append('\n');
            }
        });
        Files.writeString(folder.resolve("application.properties"), text);
    }

    @Test
    void refusesInvalidValues() throws Exception {
        write(Map.of());
        try (var service =
                new SpringApplicationBuilder(SpringlineApplication.class)
                        .run(
                                "--server.port=0",
                                "--springline.attach.enabled=true",
                                "--spring.config.additional-location=file:" + folder + "/",
                                "--springline.reload.watch=false")) {
            var reload = service.getBean(ConfigurationReload.class);
            String version = reload.last().version();

            write(Map.of("springline.auth.url-tokens[0].expires", "-"));
            assertThat(reload.reload().fault()).contains("springline.auth", "expires");

            write(
                    Map.of(
                            "springline.attach.tokens[0].name", "device",
                            "springline.attach.max-servers", "0"));
            assertThat(reload.reload().fault()).contains("springline.attach.max-servers");

            write(
                    Map.of(
                            "springline.websocket.allowed-hosts", "example.com",
                            "springline.websocket.max-connections", "-1"));
            assertThat(reload.reload().fault()).contains("springline.websocket.max-connections");

            assertThat(reload.last().version()).isEqualTo(version);
            write(Map.of("springline.websocket.allowed-hosts", "example.com"));
            assertThat(reload.reload().fault()).isNull();
        }
    }
}
