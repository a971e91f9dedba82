package io.springline.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.RunningJar;
import io.springline.testing.SocketPeer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.FileSystemUtils;

/**
 * The artifacts, deployed to a folder and used from there by the projects of {@code
 * src/test/projects}, which are built and run outside the tree.
 */
@Tag("slow")
class PublishedArtifactsIT {

    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Pattern ENDPOINT = Pattern.compile("MCP endpoint: (ws://[^, ]+)");
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir static Path folder;

    private static final Map<String, Process> RUNNING = new HashMap<>();

    @BeforeAll
    static void deployBuildAndStart() throws Exception {
        String repository = folder.resolve("repository").toUri().toString();
        maven(
                List.of(
                        "deploy:deploy-file@client",
                        "deploy:deploy-file@test-kit",
                        "deploy:deploy-file",
                        "-Ddeploy.url=" + repository,
                        "-Durl=" + repository,
                        "-Dfile=target/library/springline.jar",
                        "-DpomFile=pom.xml"));
        FileSystemUtils.copyRecursively(Path.of("src/test/projects"), folder.resolve("projects"));
        // a mirror of this very id is stronger than one of all repositories in the user's settings
        Path settings =
                Files.writeString(
                        folder.resolve("settings.xml"),
                        """
                        <settings><mirrors><mirror><id>deployed</id>
                          <mirrorOf>springline</mirrorOf><url>%s</url>
                        </mirror></mirrors></settings>
                        """
                                .formatted(repository));
        maven(
                List.of(
                        "package",
                        "-gs",
                        settings.toString(),
                        "-f",
                        folder.resolve("projects/pom.xml").toString(),
                        "-Dartifacts.version=" + version(),
                        "-Dartifacts.repository=" + repository,
                        // nothing is written to the user's repository
                        "-Dmaven.repo.local=" + folder.resolve("local"),
                        "-Dmaven.repo.local.tail=" + System.getProperty("local.repository")));
        for (String host : List.of("tomcat", "security", "actuator")) {
            RUNNING.put(host, java(host, "--server.port=0"));
        }
    }

    @AfterAll
    static void stop() {
        RUNNING.values().forEach(Process::destroyForcibly);
    }

    /** The version of the artifacts, as the build has filled it in. */
    private static String version() throws IOException {
        Matcher found =
                Pattern.compile("<version>(.+?)</version>")
                        .matcher(
                                Files.readString(
                                        Path.of("target/artifacts/springline-client.pom.xml")));
        assertThat(found.find()).isTrue();
        return found.group(1);
    }

    private static void maven(List<String> arguments) throws Exception {
        var command =
                new ArrayList<>(List.of(Path.of("mvnw").toAbsolutePath().toString(), "-B", "-q"));
        command.addAll(arguments);
        Path log = Files.createTempFile(folder, "maven", ".log");
        var builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("MAVEN_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
        Process process =
                builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                        .start();
        try {
            boolean ended = process.waitFor(10, TimeUnit.MINUTES);
            assertThat(ended).as("ended: %s", Files.readString(log)).isTrue();
            assertThat(process.exitValue()).as("%s", Files.readString(log)).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    private static Path jar(String project) {
        return folder.resolve("projects").resolve(project).resolve("target/app.jar");
    }

    private static Path log(String project) {
        return folder.resolve(project + ".log");
    }

    private static Process java(String project, String argument) throws IOException {
        return new ProcessBuilder(
                        RunningJar.JAVA,
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-jar",
                        jar(project).toString(),
                        argument)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log(project).toFile())
                .start();
    }

    private static URI endpoint(String host) {
        return await().atMost(PATIENCE)
                .until(
                        () -> {
                            String text = Files.readString(log(host));
                            assertThat(RUNNING.get(host).isAlive()).as(text).isTrue();
                            return ENDPOINT.matcher(text)
                                    .results()
                                    .map(each -> URI.create(each.group(1)))
                                    .toList();
                        },
                        found -> !found.isEmpty())
                .getFirst();
    }

    private static HttpResponse<String> get(String host, String path, String... headers)
            throws Exception {
        URI endpoint = endpoint(host);
        var request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + endpoint.getPort() + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static String price(String host) throws Exception {
        try (var peer = SocketPeer.connect(endpoint(host).toString())) {
            peer.initialize("2025-11-25", "{}");
            return peer.ask(
                            """
                            {"jsonrpc":"2.0","id":1,"method":"tools/call","params":
                             {"name":"price","arguments":{"article":"tea"}}}\
                            """)
                    .at("/result/content/0/text")
                    .asString();
        }
    }

    @Test
    void servesItsToolsInAnApplicationForTomcat() throws Exception {
        assertThat(price("tomcat")).isEqualTo("tea costs 3");
        assertThat(get("tomcat", "/hello").body()).isEqualTo("hello");
        assertThat(get("tomcat", "/console/").statusCode()).isEqualTo(404);
        assertThat(log("tomcat")).content().contains("Jetty started");
    }

    @Test
    void leavesTheLoginOfAnApplicationAsItIs() throws Exception {
        assertThat(price("security")).isEqualTo("tea costs 3");
        assertThat(get("security", "/hello").statusCode()).isEqualTo(401);
        String login = Base64.getEncoder().encodeToString("ada:secret".getBytes());
        assertThat(get("security", "/hello", "Authorization", "Basic " + login).body())
                .isEqualTo("hello");
    }

    @Test
    void leavesTheActuatorWhereTheApplicationHasIt() throws Exception {
        assertThat(price("actuator")).isEqualTo("tea costs 3");
        assertThat(get("actuator", "/manage/health").body()).contains("\"mcp\"", "\"UP\"");
        assertThat(get("actuator", "/manage/connections").statusCode()).isEqualTo(404);
        assertThat(get("actuator", "/actuator/health").statusCode()).isEqualTo(404);
        assertThat(get("actuator", "/console/").statusCode()).isEqualTo(404);
    }

    @Test
    void theClientIsForJava21() throws Exception {
        try (var jar = new JarFile("target/artifacts/springline-client.jar")) {
            List<String> classes =
                    jar.stream()
                            .map(each -> each.getName())
                            .filter(each -> each.endsWith(".class"))
                            .toList();
            assertThat(classes)
                    .contains(
                            "io/springline/client/McpWebSocketClient.class",
                            "io/springline/client/mcpsdk/ResumingClientTransport.class");
            for (String each : classes) {
                try (var in = jar.getInputStream(jar.getEntry(each))) {
                    byte[] header = in.readNBytes(8);
                    assertThat(header[7]).as(each).isEqualTo((byte) 65); // class files of Java 21
                }
            }
        }
        for (String suffix : List.of(".jar", "-sources.jar", "-javadoc.jar", ".pom")) {
            try (Stream<Path> files =
                    Files.walk(folder.resolve("repository/io/springline/springline-client"))) {
                assertThat(files).anyMatch(each -> each.toString().endsWith(suffix));
            }
        }
    }

    @Test
    void aProgramWithTheClientCallsATool() throws Exception {
        Process program = java("client", endpoint("tomcat").toString());
        try {
            assertThat(program.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(log("client")).content().contains("2025-11-25", "tea costs 3");
            assertThat(program.exitValue()).isZero();
        } finally {
            program.destroyForcibly();
        }
    }
}
