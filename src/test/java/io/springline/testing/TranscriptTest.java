package io.springline.testing;

import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.springline.testing.Transcript.Section;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.springframework.boot.autoconfigure.context.ConfigurationPropertiesAutoConfiguration;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/** All transcripts, without a socket. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TranscriptTest {

    /** For mutants: each test of this class is run alone then, and starts a server of its own. */
    private static final boolean WHOLE = Boolean.getBoolean("transcripts.whole");

    private final Map<List<String>, AnnotationConfigApplicationContext> servers = new HashMap<>();

    @TestFactory
    Stream<DynamicNode> theServerKeepsTo() {
        return Transcript.all().stream().map(WHOLE ? this::whole : this::bySection);
    }

    private DynamicNode whole(Transcript transcript) {
        return dynamicTest(
                transcript.name(),
                () -> {
                    for (Section section : transcript.sections()) {
                        run(transcript, section);
                    }
                });
    }

    private DynamicNode bySection(Transcript transcript) {
        return dynamicContainer(
                transcript.name(),
                transcript.sections().stream()
                        .map(section ->
                                dynamicTest(section.title(), () -> run(transcript, section))));
    }

    private void run(Transcript transcript, Section section) throws InterruptedException {
        var server = servers.computeIfAbsent(transcript.properties(), this::start);
        section.run(() -> new InMemoryPeer(server));
    }

    private AnnotationConfigApplicationContext start(List<String> properties) {
        var server = new AnnotationConfigApplicationContext();
        TestPropertyValues.of(properties).applyTo(server);
        server.register(
                ConfigurationPropertiesAutoConfiguration.class,
                CoreContext.Rooms.class,
                TranscriptFixture.class);
        server.refresh();
        return server;
    }

    @AfterAll
    void stop() {
        servers.values().forEach(AnnotationConfigApplicationContext::close);
    }
}
