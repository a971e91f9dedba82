package io.springline.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.NodeProject;
import io.springline.testing.RunningJar;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The official conformance suite against the jar with its fixtures, over WebSocket: the suite
 * speaks HTTP to {@link HttpAdapter}. What it printed is kept in {@code
 * target/interop/conformance}.
 */
@Tag("interop")
@Timeout(600)
class ConformanceSuiteIT {

    private static final String SUITE =
            "node_modules/@modelcontextprotocol/conformance/dist/index.js";
    private static final Pattern GREEN = Pattern.compile("^✓ ([^:]+):", Pattern.MULTILINE);
    private static final Pattern RED = Pattern.compile("^✗ ([^:]+):", Pattern.MULTILINE);

    /**
     * What the suite runs without scoring it, and what depends on the adapter: an extension with
     * headers, and headers that mirror arguments, which are HTTP's own.
     */
    private static final Pattern NOT_SCORED =
            Pattern.compile("tasks-.+|http-custom-header-server-validation");

    private static final Pattern NONE = Pattern.compile("");

    private static NodeProject project;
    private static RunningJar server;
    private static HttpAdapter adapter;

    @BeforeAll
    static void start() throws Exception {
        project = NodeProject.installed("conformance");
        server = new RunningJar("--spring.profiles.active=conformance").ready();
        adapter = new HttpAdapter(server.uri());
    }

    @AfterAll
    static void stop() {
        if (adapter != null) {
            adapter.close();
        }
        if (server != null) {
            server.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"2025-11-25, 30", "2026-07-28, 37"})
    void meetsTheRequirementsOf(String revision, int scenarios) throws Exception {
        run(adapter.uri(), revision, scenarios, NOT_SCORED);
    }

    /** Without the adapter: what is HTTP's own is the service's, too. */
    @ParameterizedTest
    @CsvSource({"2025-11-25, 30", "2026-07-28, 50"})
    void meetsTheRequirementsByHttp(String revision, int scenarios) throws Exception {
        run(
                server.uri().replaceFirst("^ws://[^:]+", "http://localhost"),
                revision,
                scenarios,
                NONE);
    }

    private static void run(String uri, String revision, int scenarios, Pattern mayFail)
            throws Exception {
        String output =
                project.ownNode(
                        SUITE,
                        "server",
                        "--url",
                        uri,
                        "--requirements",
                        revision,
                        "--expected-failures",
                        "http-only.yml",
                        "-o",
                        "results-" + revision);
        Files.writeString(project.folder().resolve(revision + ".txt"), output);
        List<String> green = names(GREEN, output);
        System.out.printf("%s: %d scenarios%n", revision, green.size());
        System.out.println(output.substring(output.indexOf("Total:")));
        assertThat(green).hasSizeGreaterThanOrEqualTo(scenarios);
        assertThat(names(RED, output)).allMatch(mayFail.asMatchPredicate());
    }

    private static List<String> names(Pattern line, String output) {
        return line.matcher(output).results().map(found -> found.group(1)).toList();
    }
}
