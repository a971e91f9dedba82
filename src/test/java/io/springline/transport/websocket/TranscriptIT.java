package io.springline.transport.websocket;

import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.springline.SpringlineApplication;
import io.springline.testing.CborPeer;
import io.springline.testing.McpPeer;
import io.springline.testing.SocketPeer;
import io.springline.testing.Transcript;
import io.springline.testing.Transcript.Section;
import io.springline.testing.TranscriptFixture;
import io.springline.testing.TranscriptGates;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** All transcripts, over a real socket against the whole service. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TranscriptIT {

    /** By their properties. */
    private final Map<List<String>, ConfigurableApplicationContext> servers = new HashMap<>();

    @TestFactory
    Stream<DynamicContainer> theServiceKeepsTo() {
        return all(SocketPeer::connect);
    }

    @TestFactory
    Stream<DynamicContainer> theServiceKeepsToInCbor() {
        return all(CborPeer::new);
    }

    private Stream<DynamicContainer> all(Function<String, McpPeer> connect) {
        // again for those that have run, since their connections stay open
        servers.values().forEach(server -> server.getBean(TranscriptGates.class).shut());
        return Transcript.all().stream()
                .map(transcript ->
                        dynamicContainer(
                                transcript.name(),
                                transcript.sections().stream()
                                        .map(section -> test(transcript, section, connect))));
    }

    private DynamicTest test(
            Transcript transcript, Section section, Function<String, McpPeer> connect) {
        return dynamicTest(
                section.title(),
                () -> {
                    var server =
                            servers.computeIfAbsent(transcript.properties(), TranscriptIT::start);
                    String port = server.getEnvironment().getProperty("local.server.port");
                    section.run(() -> connect.apply("ws://127.0.0.1:" + port + "/mcp"));
                });
    }

    private static ConfigurableApplicationContext start(List<String> properties) {
        return new SpringApplicationBuilder(SpringlineApplication.class, TranscriptFixture.class)
                .properties(properties.toArray(String[]::new))
                // an argument, since application.yml is stronger than what properties() sets
                .run("--server.port=0", "--springline.features.built-in=false");
    }

    @AfterAll
    void stop() {
        servers.values().forEach(ConfigurableApplicationContext::close);
    }
}
