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
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** JSON to CBOR and back is the same text; whatever else arrives as CBOR has an answer. */
class CborFuzzTest {

    private final JsonRpcCodec json = JsonRpcCodec.json(1 << 20);
    private final JsonRpcCodec cbor = JsonRpcCodec.cbor(1 << 20);

    @Test
    void losesNothing() {
        Fuzz.search(
                "cbor",
                (random, trace) -> {
                    var generator = new RandomJson(random);
                    String text = generator.envelope();
                    trace.add(text);
                    if (json.decode(text) instanceof Message(var message)) {
                        String written = text(json.encode(message));
                        byte[] bytes = cbor.encode(message);
                        if (cannotBeSaid(written)) {
                            cbor.decode(bytes);
                            return;
                        }
                        var again = (Message) cbor.decode(bytes);
                        assertThat(text(json.encode(again.message()))).isEqualTo(written);
                        assertThat(cbor.encode(again.message())).isEqualTo(bytes);
                    }
                });
    }

    @Test
    void throwsNothing() {
        Fuzz.search(
                "cbor bytes",
                (random, trace) -> {
                    byte[] bytes = bytes(random);
                    trace.add(HexFormat.of().formatHex(bytes));
                    check(cbor.decode(bytes));
                });
    }

    private byte[] bytes(Random random) {
        var generator = new RandomJson(random);
        if (generator.oneIn(4)
                || !(json.decode(generator.envelope()) instanceof Message(var message))) {
            byte[] garbage = new byte[random.nextInt(40)];
            random.nextBytes(garbage);
            return garbage;
        }
        byte[] bytes = cbor.encode(message);
        for (int i = random.nextInt(4); i > 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return bytes;
    }

    private void check(Decoded decoded) {
        switch (decoded) {
            case Message(var message) -> {
                byte[] written = cbor.encode(message);
                var again = (Message) cbor.decode(written);
                assertThat(cbor.encode(again.message())).isEqualTo(written);
                assertThat(text(json.encode(again.message())))
                        .isEqualTo(text(json.encode(message)));
            }
            case Malformed malformed -> assertThat(cbor.encode(malformed.answer())).isNotEmpty();
            case Batch batch -> batch.elements().forEach(this::check);
            case UnusableAnswer _, Ignored _ -> {}
        }
    }

    /** Half of a surrogate pair is no character, but JSON can write it. */
    private static boolean cannotBeSaid(String written) {
        return written.contains("\\uD800") || written.contains("\\uDC00\\uD800");
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
