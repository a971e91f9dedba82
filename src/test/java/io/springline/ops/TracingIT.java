package io.springline.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import io.opentelemetry.proto.trace.v1.Status.StatusCode;
import io.springline.SpringlineApplication;
import io.springline.relay.Upstreams;
import io.springline.testing.HttpPeer;
import io.springline.testing.McpPeer;
import io.springline.testing.OtlpCollector;
import io.springline.testing.OtlpCollector.Sent;
import io.springline.testing.RunningJar;
import io.springline.testing.SocketPeer;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;

/**
 * Two services, one relayed by the other through the bridge, and a collector that both send their
 * spans to.
 */
class TracingIT {

    private static final AtomicInteger TRACES = new AtomicInteger();

    private static OtlpCollector collector;
    private static ConfigurableApplicationContext back;
    private static ConfigurableApplicationContext front;

    @BeforeAll
    static void start() throws Exception {
        collector = new OtlpCollector();
        back = service("back");
        String prefix = "--springline.relay.upstreams.back.";
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        front =
                service(
                        "front",
                        "--spring.profiles.active=conformance",
                        prefix + "prefix=true",
                        prefix + "command=" + java,
                        prefix
                                + "args=-XX:TieredStopAtLevel=1,-XX:+UseSerialGC,-jar,"
                                + RunningJar.jar()
                                + ",bridge,"
                                + uri(back));
        await().until(() -> front.getBean(Upstreams.class).all().getFirst().tools() > 0);
    }

    private static ConfigurableApplicationContext service(String name, String... more) {
        String[] arguments =
                Stream.of(
                                new String[] {
                                    "--server.port=0", "--spring.application.name=" + name
                                },
                                collector.arguments(),
                                more)
                        .flatMap(Arrays::stream)
                        .toArray(String[]::new);
        return new SpringApplicationBuilder(SpringlineApplication.class).run(arguments);
    }

    private static String uri(ConfigurableApplicationContext service) {
        return "ws://127.0.0.1:%s/mcp"
                .formatted(service.getEnvironment().getProperty("local.server.port"));
    }

    @AfterAll
    static void stop() {
        front.close();
        back.close();
        collector.close();
    }

    /** A trace of its own for each request of a test, to find its spans by. */
    private static String newTraceId() {
        return "%032x".formatted(0xabcdef00L + TRACES.incrementAndGet());
    }

    private static String call(String tool, String arguments, String meta) {
        return """
        {"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"%s","arguments":%s,"_meta":{%s}}}\
        """
                .formatted(tool, arguments, meta);
    }

    private static String traceparent(String traceId) {
        return "\"traceparent\":\"00-%s-00f067aa0ba902b7-01\"".formatted(traceId);
    }

    private static Sent span(String traceId, String service, SpanKind kind) {
        return collector.await(sent ->
                sent.traceId().equals(traceId)
                        && sent.service().equals(service)
                        && sent.span().getKind() == kind);
    }

    private static Sent served(String traceId, String request) throws InterruptedException {
        try (var peer = SocketPeer.connect(uri(front))) {
            peer.initialize("2025-11-25", "{}");
            peer.ask(request);
            return span(traceId, "front", SpanKind.SPAN_KIND_SERVER);
        }
    }

    @Test
    void choresOfTheServiceAreNoSpans() throws Exception {
        // what ended before it has arrived as well; the heartbeat's tick came many times
        String trace = newTraceId();
        served(trace, call("test_simple_text", "{}", traceparent(trace)));
        assertThat(collector.spans())
                .extracting(sent -> sent.span().getName())
                .noneMatch(name -> name.startsWith("task "));
    }

    @Test
    void aRequestJoinsTheTraceOfItsClient() throws Exception {
        String trace = newTraceId();
        String context = traceparent(trace) + ",\"tracestate\":\"vendor=1\"";
        Sent sent = served(trace, call("test_simple_text", "{}", context));
        assertThat(sent.parentId()).isEqualTo("00f067aa0ba902b7");
        assertThat(sent.span().getTraceState()).isEqualTo("vendor=1");
        assertThat(sent.span().getName()).isEqualTo("tools/call test_simple_text");
        assertThat(sent.span().getStatus().getCode()).isNotEqualTo(StatusCode.STATUS_CODE_ERROR);
        assertThat(sent.attributes())
                .containsEntry("mcp.method.name", "tools/call")
                .containsEntry("mcp.protocol.version", "2025-11-25")
                .containsEntry("gen_ai.tool.name", "test_simple_text")
                .containsEntry("gen_ai.operation.name", "execute_tool")
                .containsEntry("jsonrpc.request.id", "7")
                .containsEntry("network.transport", "tcp")
                .containsEntry("network.protocol.name", "websocket")
                .containsOnlyKeys(
                        "mcp.method.name",
                        "mcp.protocol.version",
                        "mcp.session.id",
                        "gen_ai.tool.name",
                        "gen_ai.operation.name",
                        "jsonrpc.request.id",
                        "network.transport",
                        "network.protocol.name");
    }

    @Test
    void aModernRequestDoesToo() throws Exception {
        String trace = newTraceId();
        try (var peer = SocketPeer.connect(uri(front))) {
            String meta = McpPeer.meta("{}").replace("\"_meta\":{", "").replaceFirst("}$", "");
            peer.ask(call("test_simple_text", "{}", meta + "," + traceparent(trace)));
        }
        Sent sent = span(trace, "front", SpanKind.SPAN_KIND_SERVER);
        assertThat(sent.parentId()).isEqualTo("00f067aa0ba902b7");
        assertThat(sent.attributes()).containsEntry("mcp.protocol.version", "2026-07-28");
    }

    @Test
    void namesHttpAsTheProtocolOfARequestOverHttp() throws Exception {
        String trace = newTraceId();
        try (var peer = new HttpPeer(URI.create(uri(front)).getPort(), "/mcp")) {
            peer.initialize("2025-11-25", "{}")
                    .post(call("test_simple_text", "{}", traceparent(trace)));
        }
        Sent sent = span(trace, "front", SpanKind.SPAN_KIND_SERVER);
        assertThat(sent.attributes())
                .containsEntry("network.transport", "tcp")
                .containsEntry("network.protocol.name", "http");
    }

    @Test
    void theTraceGoesOnThroughTheRelay() throws Exception {
        String trace = newTraceId();
        Sent served = served(trace, call("back_echo", "{\"message\":\"hi\"}", traceparent(trace)));
        Sent sent = span(trace, "front", SpanKind.SPAN_KIND_CLIENT);
        Sent upstream = span(trace, "back", SpanKind.SPAN_KIND_SERVER);
        assertThat(served.parentId()).isEqualTo("00f067aa0ba902b7");
        assertThat(sent.parentId()).isEqualTo(served.spanId());
        assertThat(upstream.parentId()).isEqualTo(sent.spanId());
        assertThat(served.span().getName()).isEqualTo("tools/call back_echo");
        assertThat(sent.span().getName()).isEqualTo("tools/call echo");
        assertThat(sent.attributes())
                .containsEntry("mcp.method.name", "tools/call")
                .containsEntry("gen_ai.tool.name", "echo")
                .containsEntry("network.transport", "pipe")
                .containsEntry("springline.upstream", "back");
    }

    @Test
    void anErrorIsInTheSpanAndAnUnknownNameIsNotItsName() throws Exception {
        String trace = newTraceId();
        Sent sent = served(trace, call("no_such_tool", "{}", traceparent(trace)));
        assertThat(sent.span().getName()).isEqualTo("tools/call");
        assertThat(sent.span().getStatus().getCode()).isEqualTo(StatusCode.STATUS_CODE_ERROR);
        assertThat(sent.span().getStatus().getMessage()).contains("Unknown tool: no_such_tool");
        assertThat(sent.attributes())
                .containsEntry("error.type", "-32602")
                .containsEntry("rpc.response.status_code", "-32602");
    }

    @Test
    void aFailedToolIsAnErrorToo() throws Exception {
        String trace = newTraceId();
        Sent sent = served(trace, call("test_error_handling", "{}", traceparent(trace)));
        assertThat(sent.span().getStatus().getCode()).isEqualTo(StatusCode.STATUS_CODE_ERROR);
        assertThat(sent.attributes()).containsEntry("error.type", "tool_error");
    }

    @Test
    void whatIsNoTraceContextBeginsATraceOfItsOwn() throws Exception {
        try (var peer = SocketPeer.connect(uri(front))) {
            peer.initialize("2025-11-25", "{}");
            for (String nonsense : new String[] {"\"00-xyz\"", "17", "{}", "null"}) {
                JsonNode answer =
                        peer.ask(
                                call(
                                        "test_simple_text",
                                        "{\"n\":1}",
                                        "\"traceparent\":" + nonsense));
                assertThat(answer.has("result")).isTrue();
            }
        }
        collector.await(sent -> sent.service().equals("front") && sent.parentId().isEmpty());
    }

    @Test
    void aValueThatAClientChoseIsCut() throws Exception {
        String trace = newTraceId();
        Sent sent = served(trace, call("x".repeat(5000), "{}", traceparent(trace)));
        assertThat(sent.attributes().values()).allMatch(value -> value.length() <= 200);
    }
}
