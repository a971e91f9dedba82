package io.springline.bench;

import io.springline.bench.Way.Dialect;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The request and the answer of an {@code echo}, from and to what goes over the wire. */
@State(Scope.Benchmark)
public class CodecBenchmark {

    private final JsonRpcCodec codec = JsonRpcCodec.json(10_000_000);
    private final byte[] legacy = bytes(Dialect.LEGACY);
    private final byte[] modern = bytes(Dialect.MODERN);
    private final JsonRpcMessage answer = answer();

    private static byte[] bytes(Dialect dialect) {
        return dialect.call("echo").getBytes(StandardCharsets.UTF_8);
    }

    private static JsonRpcMessage answer() {
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        result.putArray("content").addObject().put("type", "text").put("text", Way.MESSAGE);
        var id = RequestId.of(JsonNodeFactory.instance.numberNode(Frames.FIRST_ID));
        return new ResultResponse(Objects.requireNonNull(id), result);
    }

    @Benchmark
    public Decoded decodeLegacy() {
        return codec.decode(legacy);
    }

    @Benchmark
    public Decoded decodeModern() {
        return codec.decode(modern);
    }

    @Benchmark
    public byte[] encodeAnswer() {
        return codec.encode(answer);
    }
}
