package io.springline.bench;

import io.springline.bench.Way.Dialect;
import io.springline.testing.NodeProject;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A gateway in front of an upstream server, each in processes of its own. */
enum RelayWay {
    STDIO("Springline, stdio upstream", "/mcp", "node_echo") {
        @Override
        ServerProcess start() throws IOException {
            String upstream = "--springline.relay.upstreams.node.";
            return springline(
                    List.of(
                            upstream + "command=node",
                            upstream + "args[0]=" + script(),
                            upstream + "prefix=true"));
        }
    },
    /** Without its log of each message, which it has by default. */
    SUPERGATEWAY("supergateway 3.4.3, stdio upstream", "/message", "echo") {
        @Override
        ServerProcess start() throws IOException {
            String program = gateways().binary("supergateway").toRealPath().toString();
            return ServerProcess.launch(
                            logName(),
                            port ->
                                    List.of(
                                            "node",
                                            program,
                                            "--stdio",
                                            "node " + script(),
                                            "--outputTransport",
                                            "ws",
                                            "--port",
                                            Integer.toString(port),
                                            "--logLevel",
                                            "none"))
                    .awaitReady("");
        }
    },
    HTTP("Springline, HTTP upstream", "/mcp", "http_echo") {
        @Override
        ServerProcess start() throws IOException {
            ServerProcess upstream =
                    ServerProcess.start(
                            "http-upstream",
                            port ->
                                    Server.testClass(
                                            // head and body of a response are two writes
                                            List.of(
                                                    "-Dsun.net.httpserver.nodelay=true",
                                                    "-Dsun.net.httpserver.maxIdleConnections=1000"),
                                            HttpUpstream.class,
                                            Integer.toString(port)));
            upstream.awaitReady("");
            String url = "http://127.0.0.1:%d/mcp".formatted(upstream.port());
            ServerProcess springline =
                    springline(
                            List.of(
                                    "--springline.relay.upstreams.http.url=" + url,
                                    "--springline.relay.upstreams.http.prefix=true"));
            return springline.with(upstream);
        }
    };

    final String title;
    final Target target;

    RelayWay(String title, String path, String tool) {
        this.title = title;
        target = new Target(title, path, Duration.ZERO, Dialect.LEGACY, tool);
    }

    /**
     * Starts the gateway with its upstream.
     *
     * @throws IOException if one of them cannot be had
     */
    abstract ServerProcess start() throws IOException;

    String logName() {
        return "relay-" + name().toLowerCase(java.util.Locale.ROOT);
    }

    /** All defaults, but for the rate of calls. */
    ServerProcess springline(List<String> upstream) throws IOException {
        return ServerProcess.start(
                        logName(),
                        port -> {
                            var words = new ArrayList<>(Server.springline(port));
                            words.addAll(upstream);
                            return words;
                        })
                .awaitReady(Server.SPRINGLINE.readiness);
    }

    /** The stdio server of all gateways. */
    static String script() throws IOException {
        return gateways().folder().resolve("echo.mjs").toAbsolutePath().toString();
    }

    private static NodeProject gateways() throws IOException {
        try {
            return NodeProject.installed("gateways");
        } catch (Exception | AssertionError e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
