package io.springline.jsonrpc.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.Decoded.Batch;
import io.springline.jsonrpc.codec.Decoded.Ignored;
import io.springline.jsonrpc.codec.Decoded.Malformed;
import io.springline.jsonrpc.codec.Decoded.Message;
import io.springline.jsonrpc.codec.Decoded.UnusableAnswer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LenientJsonCodecTest {

    private final JsonRpcCodec codec = JsonRpcCodec.lenientJson(1 << 20);

    private String understood(String text) {
        assertThat(codec.decode(text)).as(text).isInstanceOf(Message.class);
        var message = ((Message) codec.decode(text)).message();
        return new String(codec.encode(message), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // without jsonrpc, or another
                "{\"id\":1,\"result\":{}}|{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}",
                "{\"jsonrpc\":\"1.0\",\"id\":1,\"result\":{},\"error\":null}|{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}",
                "{\"jsonrpc\":2.0,\"id\":1,\"method\":\"ping\"}|{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}",
                "{\"method\":\"notifications/tools/list_changed\",\"id\":null}|{\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"}",
                // errors
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":\"no\"}|{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32603,\"message\":\"no\"}}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":\"7\",\"message\":{\"a\":1}}}|{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":7,\"message\":\"{\\\"a\\\":1}\"}}",
                "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":1,\"message\":\"m\"}}|{\"jsonrpc\":\"2.0\",\"error\":{\"code\":1,\"message\":\"m\"}}"
            })
    void understands(String text, String same) {
        assertThat(understood(text)).isEqualTo(same);
    }

    @Test
    void skipsAByteOrderMark() {
        String text = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}";
        assertThat(understood("\uFEFF" + text + "\r")).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"jsonrpc\":\"2.0\",\"id\":\"a\"}|neither a result nor an error",
                "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{},\"error\":{}}|both a result and an error",
                "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{\"x\":1,\"x\":2}}|a duplicate key",
                "{\"jsonrpc\":\"2.0\",\"result\":{\"x\":1,\"x\":2},\"id\":\"a\"}|a duplicate key",
                "{\"jsonrpc\":\"2.0\",\"result\":{\"x\":NaN},\"id\":\"a\"}|not JSON",
                "{\"jsonrpc\":\"2.0\",\"result\":{\"x\":[-Infinity,Infinity]},\"id\":\"a\"}|not JSON",
                "{\"jsonrpc\":\"2.0\",\"result\":{\"x\":01},\"id\":\"a\"}|not JSON",
                "{'jsonrpc':'2.0','result':{'x':1,},'id':'a'}|not JSON",
                "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{\"x\":undefined}}|not JSON",
                "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{\"x\":\"cut|not JSON",
                "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":1e999999}|beyond"
            })
    void namesTheRequestOfAnAnswerThatCannotBeUsed(String text, String reason) {
        assertThat(codec.decode(text))
                .as(text)
                .isInstanceOfSatisfying(
                        UnusableAnswer.class,
                        answer -> {
                            assertThat(answer.id()).isEqualTo(new RequestId.Text("a"));
                            assertThat(answer.reason()).contains(reason);
                        });
    }

    @Test
    void answersAnInvalidJsonRequestUnderItsId() {
        assertThat(
                        codec.decode(
                                "{\"jsonrpc\":\"2.0\",\"params\":{\"x\":NaN},\"method\":\"ping\",\"id\":7}"))
                .isInstanceOfSatisfying(
                        Malformed.class,
                        refused ->
                                assertThat(refused.answer().id())
                                        .isEqualTo(new RequestId.Number(7)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Listening on port 3000",
                "{\"level\":\"info\",\"msg\":\"started\"}",
                "{\"method\":\"GET\",\"url\":\"/\",\"id\":7}",
                "{ this is [no] JSON",
                "42",
                "[]",
                ""
            })
    void takesNoiseForNoMessage(String text) {
        Decoded decoded = codec.decode(text);
        if (decoded instanceof Malformed refused) {
            assertThat(refused.answer().id()).isNull();
        } else {
            assertThat(decoded).isInstanceOf(Ignored.class);
        }
    }

    @Test
    void readsMessagesThatFollowEachOther() {
        String one = "{\"jsonrpc\":\"2.0\",\"method\":\"m\"}";
        assertThat(((Batch) codec.decode(one + one + " " + one + "x")).elements())
                .hasExactlyElementsOfTypes(
                        Message.class, Message.class, Message.class, Malformed.class);
        assertThat(((Batch) codec.decode("[" + one + ",{\"id\":1,\"result\":{}}]")).elements())
                .hasExactlyElementsOfTypes(Message.class, Message.class);
    }

    /** The text is one more than may be nested, or has one token too many: no second tree. */
    @Test
    void findsTheIdAfterAValueThatIsTooLarge() {
        for (String result :
                new String[] {
                    "[".repeat(500) + "]".repeat(500), "[0" + ",0".repeat(1_000_000) + "]"
                }) {
            assertThat(codec.decode("{\"jsonrpc\":\"2.0\",\"result\":" + result + ",\"id\":\"a\"}"))
                    .isInstanceOf(UnusableAnswer.class);
        }
        assertThat(codec.decode("{\"a\":".repeat(1_000_000))).isInstanceOf(Malformed.class);
    }
}
