package io.springline.jsonrpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.codec.Decoded.Batch;
import io.springline.jsonrpc.codec.Decoded.Ignored;
import io.springline.jsonrpc.codec.Decoded.Malformed;
import io.springline.jsonrpc.codec.Decoded.Message;
import io.springline.jsonrpc.codec.Decoded.UnusableAnswer;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.testing.Fuzz;
import io.springline.testing.RandomJson;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/**
 * Any bytes can be decoded without an exception, and decoded messages can be encoded and decoded
 * again.
 */
class CodecFuzzTest {

    private final JsonRpcCodec codec = JsonRpcCodec.json(1 << 20);

    @Test
    void throwsNothingAndLosesNothing() {
        Fuzz.search(
                "codec",
                (random, trace) -> {
                    var json = new RandomJson(random);
                    String text = json.oneIn(5) ? json.value() : json.envelope();
                    if (json.oneIn(5)) {
                        text = "[" + text + "," + json.envelope() + "]";
                    }
                    if (json.oneIn(2)) {
                        text = json.mutated(text);
                    }
                    trace.add(text);
                    check(codec.decode(text));
                    byte[] bytes = json.bytes(text);
                    trace.add("bytes " + new String(bytes, StandardCharsets.ISO_8859_1));
                    check(codec.decode(bytes));
                });
    }

    private void check(Decoded decoded) {
        switch (decoded) {
            case Message(var message) -> {
                String written = new String(codec.encode(message), StandardCharsets.UTF_8);
                // not the same message: 1e0 is a decimal, and is written as 1
                assertThat(codec.decode(written))
                        .isInstanceOfSatisfying(
                                Message.class,
                                again ->
                                        assertThat(codec.encode(again.message()))
                                                .asString(StandardCharsets.UTF_8)
                                                .isEqualTo(written));
                // of bytes the library refuses lone surrogates in keys, and nothing else
                codec.decode(written.getBytes(StandardCharsets.UTF_8));
            }
            case Malformed malformed -> codec.encode(malformed.answer());
            case Batch batch -> batch.elements().forEach(this::check);
            case UnusableAnswer _, Ignored _ -> {}
        }
    }
}
