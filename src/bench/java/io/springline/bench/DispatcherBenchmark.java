package io.springline.bench;

import io.springline.SpringlineApplication;
import io.springline.bench.Way.Dialect;
import io.springline.dispatch.Dispatchers;
import io.springline.dispatch.McpDispatcher;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.mcp.CloseReason;
import io.springline.session.Caller;
import io.springline.session.Connection;
import io.springline.session.McpSession;
import io.springline.session.Outbound;
import io.springline.session.RequestProperties;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * A whole {@code tools/call echo} in the service as it is wired, from the bytes of the request to
 * the bytes of the answer, without a socket. Sixteen at a time, as their handlers run on virtual
 * threads: the time is that of a call among fifteen others.
 */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init")
public class DispatcherBenchmark {

    private static final int CALLS = 16;

    private final Sink sink = new Sink();
    private ConfigurableApplicationContext context;
    private McpDispatcher dispatcher;
    private McpSession legacy;
    private McpSession modern;
    private byte[][] legacyCalls;
    private byte[][] modernCalls;

    @Setup(Level.Trial)
    public void start() throws InterruptedException {
        context =
                SpringApplication.run(
                        SpringlineApplication.class,
                        "--server.port=0",
                        "--springline.requests.rate=100000000/s",
                        "--logging.level.root=warn");
        dispatcher = context.getBean(Dispatchers.class).of(McpSession.MAIN_ENDPOINT);
        legacyCalls = calls(Dialect.LEGACY);
        modernCalls = calls(Dialect.MODERN);
        legacy = session();
        modern = session();
        accept(
                legacy,
                """
                {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":\
                "2025-06-18","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}\
                """
                        .getBytes(StandardCharsets.UTF_8));
        sink.answers.acquire();
        accept(
                legacy,
                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}"
                        .getBytes(StandardCharsets.UTF_8));
        callModern();
        sink.check();
        callLegacy();
        sink.check();
    }

    private McpSession session() {
        return new McpSession(
                Caller.ANONYMOUS,
                sink,
                JsonRpcCodec.json(10_000_000),
                context.getBean(RequestProperties.class).limits());
    }

    private static byte[][] calls(Dialect dialect) {
        return IntStream.range(0, CALLS)
                .mapToObj(i ->
                        dialect.call("echo")
                                .replace(
                                        Integer.toString(Frames.FIRST_ID),
                                        Integer.toString(Frames.FIRST_ID + i))
                                .getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
    }

    @Benchmark
    @OperationsPerInvocation(CALLS)
    public void callLegacy() throws InterruptedException {
        for (byte[] call : legacyCalls) {
            accept(legacy, call);
        }
        sink.answers.acquire(CALLS);
    }

    @Benchmark
    @OperationsPerInvocation(CALLS)
    public void callModern() throws InterruptedException {
        for (byte[] call : modernCalls) {
            accept(modern, call);
        }
        sink.answers.acquire(CALLS);
    }

    private void accept(McpSession session, byte[] message) {
        dispatcher.accept(session, session.codec().decode(message), Thread::startVirtualThread);
    }

    @TearDown(Level.Trial)
    public void stop() {
        context.close();
    }

    /** Counts what is sent, and keeps the last of it. */
    private static final class Sink implements Connection {

        private final Semaphore answers = new Semaphore(0);
        private volatile byte[] last = {};

        void check() {
            String answer = new String(last, StandardCharsets.UTF_8);
            if (!answer.contains(Way.MESSAGE)) {
                throw new IllegalStateException("no echo: " + answer);
            }
        }

        @Override
        public String id() {
            return "sink";
        }

        @Override
        public void enqueue(Outbound message) {
            last = message.payload();
            answers.release();
        }

        @Override
        public void flush() {}

        @Override
        public void awaitRoom() {}

        @Override
        public long queuedBytes() {
            return 0;
        }

        @Override
        public void close(CloseReason reason) {
            throw new IllegalStateException("closed: " + reason);
        }
    }
}
