package io.springline.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.auth.token.TokenHash;
import io.springline.testing.McpPeer;
import io.springline.testing.RawSocket;
import io.springline.testing.RunningJar;
import io.springline.testing.SocketPeer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A credential is forgotten once it has been looked at: a dump of what the service holds on to,
 * with the connections open that it let in, has none of them.
 */
class HeapDumpIT {

    @TempDir Path directory;

    @Test
    void whatIsHeldHasNoCredentials() throws Exception {
        var tokens = new LinkedHashMap<String, String>();
        for (String way : new String[] {"header", "encoded", "plain", "ticket", "inband"}) {
            tokens.put(way, "tok-" + way + "-" + System.nanoTime());
        }
        var arguments = new java.util.ArrayList<String>();
        int index = 0;
        for (var each : tokens.entrySet()) {
            arguments.add("--springline.auth.tokens[%d].name=%s".formatted(index, each.getKey()));
            arguments.add(
                    "--springline.auth.tokens[%d].hash=sha256:%s"
                            .formatted(index++, TokenHash.of(each.getValue())));
        }
        arguments.add("--springline.auth.ticket.enabled=true");
        arguments.add("--springline.auth.in-band.enabled=true");
        try (var server = new RunningJar(arguments.toArray(String[]::new)).ready();
                var header =
                        new RawSocket(
                                server.port(),
                                "/mcp",
                                "Authorization: Bearer " + tokens.get("header"));
                var encoded =
                        new RawSocket(
                                server.port(),
                                "/mcp",
                                "Sec-WebSocket-Protocol: mcp, mcp.bearer."
                                        + base64(tokens.get("encoded")));
                var plain =
                        new RawSocket(
                                server.port(),
                                "/mcp",
                                "Sec-WebSocket-Protocol: mcp.auth." + tokens.get("plain"));
                var inBand = SocketPeer.connect(server.uri())) {
            String ticket = ticket(server.port(), tokens.get("ticket"));
            try (var byTicket = new RawSocket(server.port(), "/mcp?ticket=" + ticket)) {
                for (RawSocket each : new RawSocket[] {header, encoded, plain, byTicket}) {
                    assertThat(each.status()).isEqualTo(101);
                }
                inBand.ask(
                        """
                        {"jsonrpc":"2.0","id":1,"method":"authenticate","params":{"token":"%s"}}\
                        """
                                .formatted(tokens.get("inband")));
                String dump = dump(server.process().pid());
                assertThat(dump).contains("io/springline/transport/websocket/WebSocketConnection");
                // The answer that gave it out may still lie in a buffer, when it is worth nothing.
                assertThat(dump.contains("ticket=" + ticket)).as("ticket in URL").isFalse();
                for (Map.Entry<String, String> each : tokens.entrySet()) {
                    assertThat(dump.contains(each.getValue())).as(each.getKey()).isFalse();
                    assertThat(dump.contains(base64(each.getValue()))).as(each.getKey()).isFalse();
                }
            }
        }
    }

    /** Live objects alone, by the JDK's own tool; each byte as one character. */
    private String dump(long pid) throws Exception {
        Path file = directory.resolve("heap.hprof");
        // not the streams of this JVM, by which Maven talks to it
        Path said = directory.resolve("jcmd.log");
        Process jcmd =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                                Long.toString(pid),
                                "GC.heap_dump",
                                file.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(said.toFile())
                        .start();
        assertThat(jcmd.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(jcmd.exitValue()).as(Files.readString(said)).isZero();
        return Files.readString(file, StandardCharsets.ISO_8859_1);
    }

    private static String base64(String token) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(token.getBytes(StandardCharsets.UTF_8));
    }

    private static String ticket(int port, String token) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            var request =
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/mcp/ticket"))
                            .header("Authorization", "Bearer " + token)
                            .POST(BodyPublishers.noBody())
                            .build();
            String body = client.send(request, BodyHandlers.ofString()).body();
            return McpPeer.JSON.readTree(body).path("ticket").stringValue();
        }
    }
}
