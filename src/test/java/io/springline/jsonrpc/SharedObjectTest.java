package io.springline.jsonrpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class SharedObjectTest {

    private static final String TEXT =
            """
            {"name":"grüße 😀","number":1.10,"big":1E+2,"list":[1,"a\\nb",null,true],"object":{}}\
            """;

    private final ObjectNode plain = read(TEXT);
    private final SharedObject shared = SharedObject.of(plain);

    private static ObjectNode read(String json) {
        var message =
                JsonRpcCodec.json(1000)
                        .decode("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":" + json + "}");
        return (ObjectNode)
                ((ResultResponse) ((io.springline.jsonrpc.codec.Decoded.Message) message).message())
                        .result();
    }

    private static byte[] encoded(JsonRpcCodec codec, JsonNode entry) {
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        result.putArray("tools").add(entry).add(1).add(entry);
        return codec.encode(new ResultResponse(new RequestId.Number(1), result));
    }

    @Test
    void isEncodedLikeAnyOtherObject() {
        JsonRpcCodec json = JsonRpcCodec.json(1000);
        assertThat(new String(encoded(json, shared), StandardCharsets.UTF_8))
                .isEqualTo(
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"tools\":[%s,1,%s]}}"
                                .formatted(TEXT, TEXT));
        JsonRpcCodec cbor = JsonRpcCodec.cbor(1000);
        assertThat(encoded(cbor, shared)).isEqualTo(encoded(cbor, plain));
        assertThat(shared).isEqualTo(plain).hasSameHashCodeAs(plain).hasToString(plain.toString());
        assertThat(JsonMapper.shared().writeValueAsString(shared))
                .isEqualTo(JsonMapper.shared().writeValueAsString(plain));
    }

    @Test
    void isWrittenOnce() {
        var written = new AtomicInteger();
        for (int i = 0; i < 3; i++) {
            assertThat(shared.json(_ -> "text " + written.incrementAndGet()).getValue())
                    .isEqualTo("text 1");
        }
    }

    @Test
    void keepsWhatWasDerivedFromIt() {
        SharedObject without = shared.derived("a", object -> read("{\"was\":" + object + "}"));
        assertThat(without.path("was")).isEqualTo(plain);
        assertThat(shared.derived("a", object -> object)).isSameAs(without);
        assertThat(shared.derived("b", object -> object)).isSameAs(shared);
    }

    @Test
    void doesNotChangeWithTheObjectItWasMadeOf() {
        plain.put("name", "other");
        assertThat(shared.path("name").stringValue()).isEqualTo("grüße 😀");
        assertThat(SharedObject.of(shared)).isSameAs(shared);
    }
}
