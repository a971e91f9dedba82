package io.springline.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.auth.Authenticator;
import io.springline.testing.Http;
import io.springline.testing.SocketPeer;
import io.springline.testing.TestCertificate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** The rendered ConfigMap, as the pod mounts it, is what the service starts with. */
class ConfigMapTest {

    static final String TOKEN_HASH =
            // of "secret"
            "sha256:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

    private static final String SCRAPER = "tok-bob-4712";
    private static final String SCRAPER_HASH =
            "sha256:0c230dfc845bc5c86fb135ac97e8548dfc07bef87ff16e2ad7bd1798a563ab28";

    @TempDir Path mounted;

    /** Lays out what the pod sees below {@code /etc/springline}. */
    private void mount(Manifests manifests) throws Exception {
        ServiceSettings settings = ServiceSettings.of(manifests);
        Map<String, String> files = manifests.files();
        Files.writeString(mounted.resolve("application.yml"), here(settings.yaml()));
        if (files.containsKey("mcp.json")) {
            Files.writeString(mounted.resolve("mcp.json"), here(files.get("mcp.json")));
        }
        Files.createDirectories(mounted.resolve("tokens"));
        Files.writeString(
                mounted.resolve("tokens/tokens.yml"),
                """
                springline.auth.tokens:
                  - { name: ada, hash: "%s" }
                  - { name: prometheus, hash: "%s", roles: metrics }
                """
                        .formatted(TOKEN_HASH, SCRAPER_HASH));
        Files.createDirectories(mounted.resolve("redis"));
        Files.writeString(
                mounted.resolve("redis/spring.data.redis.url"), "redis://:pw@127.0.0.1:1");
    }

    /** Paths of the pod become those of this test, and nothing is started from the network. */
    private String here(String text) {
        return text.replace("/etc/springline/", mounted + "/")
                .replace("npx", "false")
                .replaceAll("https?://docs[a-z.]+(:[0-9]+)?", "http://127.0.0.1:1");
    }

    private ConfigurableApplicationContext start(String... more) {
        var arguments =
                Stream.concat(
                        Stream.of(
                                "--spring.config.additional-location=file:" + mounted + "/",
                                "--server.port=0",
                                "--management.server.port=0",
                                "--springline.drain.delay=0s",
                                "--DOCS_TOKEN=x",
                                "--UPSTREAM_TOKEN=x"),
                        Stream.of(more));
        return SpringApplication.run(SpringlineApplication.class, arguments.toArray(String[]::new));
    }

    private static int port(ConfigurableApplicationContext context, String which) {
        return context.getEnvironment()
                .getRequiredProperty("local." + which + ".port", Integer.class);
    }

    /** Those of the matrix that say most; each is a start of the service, whose Redis is away. */
    @ParameterizedTest
    @ValueSource(strings = {"values.yaml", "ci/tls-values.yaml", "ci/everything-values.yaml"})
    void theServiceStartsWithItAndItsProbesAnswer(String values) throws Exception {
        Manifests manifests = Chart.with(values).render();
        mount(manifests);
        if (ServiceSettings.of(manifests).value("server.ssl") != null) {
            certificate();
        }
        try (var context = start()) {
            int management = port(context, "management");
            for (String probe : List.of("startup", "readiness", "liveness")) {
                assertThat(Http.send(management, "GET", "/actuator/health/" + probe).statusCode())
                        .as(probe)
                        .isEqualTo(200);
            }
            String[] token =
                    context.getBean(Authenticator.class).hasCredentials()
                            ? new String[] {"Authorization", "Bearer " + SCRAPER}
                            : new String[0];
            assertThat(Http.send(management, "GET", "/actuator/prometheus", token).body())
                    .contains("springline_connections_active");
            if (manifests.files().get("application.yml").contains("configtree:")) {
                assertThat(context.getEnvironment().getProperty("spring.data.redis.url"))
                        .isEqualTo("redis://:pw@127.0.0.1:1");
            }
        }
    }

    @ParameterizedTest
    @Tag("slow")
    @ValueSource(strings = {"values-production.yaml", "ci/no-node-values.yaml"})
    void withTheseToo(String values) throws Exception {
        theServiceStartsWithItAndItsProbesAnswer(values);
    }

    private void certificate() throws Exception {
        Files.createDirectories(mounted.resolve("tls"));
        TestCertificate.of("localhost")
                .write(mounted.resolve("tls/tls.crt"), mounted.resolve("tls/tls.key"));
    }

    @Test
    void theTokenInTheSecretOpensTheDoorByTheNameOfTheService() throws Exception {
        mount(Chart.with("ci/gateway-values.yaml").render());
        try (var context = start()) {
            String uri = "ws://127.0.0.1:%d/mcp".formatted(port(context, "server"));
            assertThatThrownBy(() -> SocketPeer.connect(uri))
                    .isInstanceOf(CompletionException.class);
            var credential = Map.of("Authorization", "Bearer secret");
            try (var peer = SocketPeer.connect(uri, credential, "mcp")) {
                assertThat(peer.initialize("2025-06-18", "{}")).isNotNull();
            }
            assertThat(
                            context.getEnvironment()
                                    .getProperty("springline.websocket.allowed-hosts[5]"))
                    .isEqualTo("rel-springline.ns.svc");
        }
    }

    @Test
    void upstreamsKeepTheirNamesAndVariables() throws Exception {
        Path environment = mounted.resolve("environment");
        Path values =
                Files.writeString(
                        mounted.resolve("values.yaml"),
                        """
                        upstreams:
                          my-files:
                            command: sh
                            args: [-c, "env > %s"]
                            env: { API_KEY: k }
                        """
                                .formatted(environment));
        mount(Chart.with(values).render());
        try (var context = start()) {
            assertThat(Http.send(port(context, "management"), "GET", "/actuator/upstreams").body())
                    .contains("\"my-files\"");
            await().untilAsserted(() -> assertThat(environment).content().contains("API_KEY=k\n"));
        }
    }

    @Test
    void aTypoInTheFragmentIsRefusedByTheService() throws Exception {
        mount(Chart.byDefault().set("config.springline.websocket.max-conections", 5).render());
        assertThatThrownBy(this::start).hasStackTraceContaining("max-conections");
    }
}
