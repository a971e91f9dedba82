package io.springline.jsonrpc.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.StringNode;

class JsonRpcCodecTest {

    private final JsonRpcCodec codec = JsonRpcCodec.json(1 << 20);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":\"\",\"method\":\"ping\",\"params\":{}}",
                "{\"jsonrpc\":\"2.0\",\"id\":9007199254740993,\"method\":\"m\",\"params\":{\"n\":1.10}}",
                "{\"jsonrpc\":\"2.0\",\"id\":1180591620717411303424,\"result\":{}}",
                "{\"jsonrpc\":\"2.0\",\"id\":-1,\"result\":{\"d\":0.1000000000000000055511151231257827}}",
                "{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{\"i\":123456789012345678901234567890}}",
                "{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":[1,\"a\",null,true,{}]}",
                "{\"jsonrpc\":\"2.0\",\"id\":0,\"error\":{\"code\":-1,\"message\":\"no\",\"data\":[1.50]}}",
                "{\"jsonrpc\":\"2.0\",\"method\":\"n\",\"params\":{\"a\":{\"b\":[]}}}",
                "{\"jsonrpc\":\"2.0\",\"method\":\"n\",\"params\":{\"z\":1,\"a\":2}}",
                "{\"jsonrpc\":\"2.0\",\"method\":\"é😀\\\"\\\\\"}"
            })
    void writesWhatItRead(String text) {
        assertThat(encoded(message(text))).isEqualTo(text);
        assertThat(encoded(message(text.getBytes(StandardCharsets.UTF_8)))).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 | Number",
                "-0 | Number",
                "9223372036854775807 | Number",
                "-9223372036854775808 | Number",
                "9223372036854775808 | BigNumber",
                "\"1\" | Text",
                "\"\" | Text"
            })
    void keepsTheTypeOfAnId(String id, String type) {
        var request =
                (Request) message("{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"m\"}".formatted(id));
        assertThat(request.id().getClass().getSimpleName()).isEqualTo(type);
    }

    @Test
    void distinguishesNumericAndTextIds() {
        assertThat(RequestId.of(new RequestId.Number(1).toJson()))
                .isEqualTo(new RequestId.Number(1))
                .isNotEqualTo(new RequestId.Text("1"));
        var big = new RequestId.BigNumber(BigInteger.TWO.pow(70));
        assertThat(RequestId.of(big.toJson())).isEqualTo(big);
    }

    @Test
    void limitsTheLengthOfIds() {
        String longest = "a".repeat(RequestId.MAX_LENGTH);
        assertThat(RequestId.of(StringNode.valueOf(longest)))
                .isEqualTo(new RequestId.Text(longest));
        assertThat(RequestId.of(StringNode.valueOf(longest + "a"))).isNull();
    }

    /** Messages are logged, and their content may be secret and of any length. */
    @Test
    void printsMessagesWithoutTheirContent() {
        var secret = JsonNodeFactory.instance.objectNode().put("token", "secret");
        var id = new RequestId.Number(7);
        var error = new JsonRpcError(-32603, "secret", secret);
        assertThat(new Request(id, "tools/call", secret)).hasToString("tools/call id=7");
        assertThat(new Notification("notifications/message", secret))
                .hasToString("notifications/message");
        assertThat(new ResultResponse(id, secret)).hasToString("result id=7");
        assertThat(new ErrorResponse(id, error)).hasToString("error -32603 id=7");
        assertThat(new RequestId.Text("a".repeat(65)))
                .hasToString('"' + "a".repeat(64) + "…" + '"');
        assertThat(new RequestId.BigNumber(BigInteger.TWO.pow(64)))
                .hasToString("18446744073709551616");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\n\t "})
    void ignoresAnEmptyMessage(String text) {
        assertThat(codec.decode(text)).isInstanceOf(Decoded.Ignored.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\"",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\"}x",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\"} {}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\"}]",
                "[{\"jsonrpc\":\"2.0\",\"method\":\"m\"}",
                "[] []",
                "[1,]",
                "1 2",
                "nul",
                "{'jsonrpc':'2.0'}",
                "{\"jsonrpc\":\"2.0\",\"id\":01,\"method\":\"m\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":Infinity,\"method\":\"m\"}",
                "{\"jsonrpc\":\"2.0\",/**/\"id\":1,\"method\":\"m\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":1,\"method\":\"m\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":{\"a\":{\"b\":1,\"b\":1}}}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"x\":[{\"b\":1,\"b\":1}]}",
                "[{\"a\":1,\"a\":1}]"
            })
    void refusesWhatIsNotJson(String text) {
        assertRefused(text, ErrorCode.PARSE_ERROR, null);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                // scalars
                "1 | -32600 | -",
                "null | -32600 | -",
                "\"x\" | -32600 | -",
                // jsonrpc
                "{\"id\":7,\"method\":\"m\"} | -32600 | 7",
                "{\"jsonrpc\":\"2\",\"id\":\"a\",\"method\":\"m\"} | -32600 | \"a\"",
                "{\"jsonrpc\":2.0,\"id\":7,\"method\":1} | -32600 | 7",
                "{\"id\":7,\"result\":{}} | -32600 | -",
                "{\"id\":1.5,\"method\":\"m\"} | -32600 | -",
                // a method beside an outcome
                "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"m\",\"result\":{}} | -32600 | 7",
                "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":1,\"error\":{}} | -32600 | 7",
                // the method
                "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":null} | -32600 | 7",
                "{\"jsonrpc\":\"2.0\",\"method\":[]} | -32600 | -",
                // the id
                "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"m\"} | -32600 | -",
                "{\"jsonrpc\":\"2.0\",\"id\":1.0,\"method\":\"m\"} | -32600 | -",
                "{\"jsonrpc\":\"2.0\",\"id\":1e3,\"method\":\"m\"} | -32600 | -",
                "{\"jsonrpc\":\"2.0\",\"id\":false,\"method\":\"m\",\"params\":1} | -32600 | -",
                // an id alone
                "{\"jsonrpc\":\"2.0\",\"id\":7} | -32600 | 7",
                "{\"jsonrpc\":\"2.0\",\"id\":null} | -32600 | -"
            })
    void refusesABrokenEnvelope(String text, int code, String id) {
        var refused = assertRefused(text, ErrorCode.INVALID_REQUEST, id);
        assertThat(refused.answer().error().code()).isEqualTo(code);
        assertThat(refused.strike()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "true", "1", "\"x\""})
    void refusesParamsOfAnotherTypeWithoutAStrike(String params) {
        var refused =
                assertRefused(
                        "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"m\",\"params\":%s}"
                                .formatted(params),
                        ErrorCode.INVALID_PARAMS,
                        "7");
        assertThat(refused.strike()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":[]}",
                "{\"jsonrpc\":\"2.0\"}",
                "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":1,\"message\":\"m\"}}",
                "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":1,\"message\":\"m\"}}",
                "{\"jsonrpc\":\"2.0\",\"id\":1.5,\"result\":{}}"
            })
    void neverAnswersBrokenNotificationsAndResponses(String text) {
        assertThat(codec.decode(text)).isInstanceOf(Decoded.Ignored.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{},\"error\":{}}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":null}"
            })
    void namesTheRequestOfAnAnswerThatCannotBeUsed(String text) {
        assertThat(codec.decode(text))
                .isInstanceOfSatisfying(
                        Decoded.UnusableAnswer.class,
                        answer -> assertThat(answer.id()).isEqualTo(new RequestId.Number(1)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":null,\"result\":null,\"error\":null}|{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\"}",
                "{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":null}|{\"jsonrpc\":\"2.0\",\"method\":\"m\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{},\"error\":null,\"method\":null}|{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":null,\"error\":{\"code\":1,\"message\":\"m\",\"data\":null}}|{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":1,\"message\":\"m\"}}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":null,\"error\":null}|{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":null}"
            })
    void takesANullMemberForAnAbsentOne(String text, String same) {
        assertThat(encoded(message(text))).isEqualTo(same);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"_meta\":null,\"cursor\":null}|{}",
                "{\"_meta\":{\"progressToken\":null,\"a\":{\"b\":null}}}|{\"_meta\":{\"a\":{\"b\":null}}}",
                "{\"name\":\"t\",\"arguments\":null}|{\"name\":\"t\"}",
                "{\"arguments\":{\"a\":null,\"content\":{\"b\":null}}}|{\"arguments\":{\"a\":null,\"content\":{\"b\":null}}}",
                "{\"capabilities\":{\"elicitation\":{\"form\":null,\"url\":{}},\"roots\":null},\"clientInfo\":{\"name\":\"n\",\"title\":null}}|{\"capabilities\":{\"elicitation\":{\"url\":{}}},\"clientInfo\":{\"name\":\"n\"}}",
                "{\"inputResponses\":{\"content\":{\"action\":\"decline\",\"content\":null}}}|{\"inputResponses\":{\"content\":{\"action\":\"decline\"}}}",
                "{\"tools\":[{\"name\":\"t\",\"title\":null,\"annotations\":{\"title\":null},\"inputSchema\":{\"default\":null}}],\"nextCursor\":null}|{\"tools\":[{\"name\":\"t\",\"annotations\":{},\"inputSchema\":{\"default\":null}}]}",
                "{\"content\":[{\"type\":\"resource\",\"_meta\":null,\"resource\":{\"uri\":\"u\",\"text\":\"\",\"blob\":null}},null],\"structuredContent\":{\"a\":null}}|{\"content\":[{\"type\":\"resource\",\"resource\":{\"uri\":\"u\",\"text\":\"\"}},null],\"structuredContent\":{\"a\":null}}",
                "{\"x-param\":{\"a\":[null]}}|{\"x-param\":{\"a\":[null]}}"
            })
    void dropsTheNullMembersOfWhatMcpDefinesAndNoOthers(String given, String kept) {
        assertThat(
                        encoded(
                                message(
                                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":%s}"
                                                .formatted(given))))
                .isEqualTo(
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":%s}"
                                .formatted(kept));
        assertThat(
                        encoded(
                                message(
                                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":%s}"
                                                .formatted(given))))
                .isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":%s}".formatted(kept));
    }

    @Test
    void acceptsANullResult() {
        var response = (ResultResponse) message("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":null}");
        assertThat(response.result().isNull()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"no\"", "{}", "[]", "1", "{\"code\":\"x\"}", "{\"message\":7}"})
    void completesAnIncompleteErrorOfThePeer(String error) {
        var response =
                (ErrorResponse)
                        message("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":%s}".formatted(error));
        assertThat(response.error().code()).isEqualTo(ErrorCode.INTERNAL_ERROR.code());
        assertThat(response.error().message()).isNotNull();
    }

    @Test
    void keepsTheErrorOfThePeer() {
        var response =
                (ErrorResponse)
                        message(
                                "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-1,\"message\":\"no\",\"data\":{}}}");
        assertThat(response.error().code()).isEqualTo(-1);
        assertThat(response.error().message()).isEqualTo("no");
        assertThat(response.error().data()).isNotNull();
    }

    @Test
    void readsTheElementsOfABatchOneByOne() {
        var batch =
                (Decoded.Batch)
                        codec.decode(
                                "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\"},1,[[]],{\"jsonrpc\":\"2.0\",\"method\":\"n\"}]");
        assertThat(batch.elements())
                .extracting(each -> each.getClass().getSimpleName())
                .containsExactly("Message", "Malformed", "Malformed", "Message");
        assertThat(((Decoded.Batch) codec.decode("[]")).elements()).isEmpty();
    }

    @Test
    void writesABatch() {
        var one = new Notification("a");
        assertThat(new String(codec.encode(List.of(one, one)), StandardCharsets.UTF_8))
                .isEqualTo(
                        "[{\"jsonrpc\":\"2.0\",\"method\":\"a\"},{\"jsonrpc\":\"2.0\",\"method\":\"a\"}]");
    }

    @Test
    void omitsAnUnreadableId() {
        assertThat(encoded(new ErrorResponse(null, ErrorCode.PARSE_ERROR.error("Parse error"))))
                .isEqualTo(
                        "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32700,\"message\":\"Parse error\"}}");
    }

    @Test
    void acceptsNestingUpToTheLimit() {
        // the message is one level, params another
        assertThat(codec.decode(nested(JsonRpcCodec.MAX_DEPTH - 2)))
                .isInstanceOf(Decoded.Message.class);
        assertRefused(nested(JsonRpcCodec.MAX_DEPTH - 1), ErrorCode.PARSE_ERROR, null);
        assertRefused("[".repeat(100_000), ErrorCode.PARSE_ERROR, null);
    }

    @Test
    void limitsNestingInUnknownMembers() {
        String deep = "[".repeat(JsonRpcCodec.MAX_DEPTH) + "]".repeat(JsonRpcCodec.MAX_DEPTH);
        assertRefused(
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"x\":%s}".formatted(deep),
                ErrorCode.PARSE_ERROR,
                null);
    }

    @Test
    void acceptsNumbersUpToTheLimit() {
        assertThat(codec.decode(numbered(JsonRpcCodec.MAX_NUMBER_LENGTH)))
                .isInstanceOf(Decoded.Message.class);
        assertRefused(numbered(JsonRpcCodec.MAX_NUMBER_LENGTH + 1), ErrorCode.PARSE_ERROR, null);
    }

    @ParameterizedTest
    @CsvSource({"99,E9", "100,E-1000", "100,E899", "99,.0e2", "1,E1000"})
    void readsTheNumbersThatItWrites(int digits, String rest) {
        String message =
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"a\":-%s%s}}"
                        .formatted("9".repeat(digits), rest);
        var written = ((Decoded.Message) codec.decode(message)).message();
        assertThat(codec.decode(codec.encode(written))).isEqualTo(new Decoded.Message(written));
    }

    @ParameterizedTest
    @ValueSource(strings = {"9E9", ".5", "9e-200", "9"})
    void refusesNumbersWithMoreDigits(String rest) {
        String number = "9".repeat(JsonRpcCodec.MAX_NUMBER_LENGTH) + rest;
        assertRefused(
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":{\"a\":%s}}"
                        .formatted(number),
                ErrorCode.PARSE_ERROR,
                null);
    }

    @Test
    void acceptsStringsUpToTheLimit() {
        var small = JsonRpcCodec.json(10);
        String text = "{\"jsonrpc\":\"2.0\",\"method\":\"%s\"}";
        assertThat(small.decode(text.formatted("a".repeat(10))))
                .isInstanceOf(Decoded.Message.class);
        assertThat(small.decode(text.formatted("a".repeat(11))))
                .isInstanceOf(Decoded.Malformed.class);
    }

    private static String nested(int depth) {
        return "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":{\"a\":%s}}"
                .formatted("[".repeat(depth) + "]".repeat(depth));
    }

    private static String numbered(int digits) {
        return "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"m\"}".formatted("9".repeat(digits));
    }

    private Decoded.Malformed assertRefused(String text, ErrorCode code, String id) {
        Decoded decoded = codec.decode(text);
        assertThat(decoded).isInstanceOf(Decoded.Malformed.class);
        assertThat(codec.decode(text.getBytes(StandardCharsets.UTF_8)))
                .hasToString(decoded.toString());
        var refused = (Decoded.Malformed) decoded;
        assertThat(refused.answer().error().code()).isEqualTo(code.code());
        assertThat(refused.answer().id() == null ? null : refused.answer().id().toString())
                .isEqualTo(id);
        return refused;
    }

    private JsonRpcMessage message(String text) {
        return ((Decoded.Message) codec.decode(text)).message();
    }

    private JsonRpcMessage message(byte[] bytes) {
        return ((Decoded.Message) codec.decode(bytes)).message();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":1,\"method\":\"m\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":{\"a\":[{\"b\":1,\"b\":1}]}}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"x\":1,\"x\":1}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"x\":{\"y\":1,\"y\":1}}"
            })
    void aKeyTwiceIsAParseErrorWhereverItIs(String text) {
        assertThat(codec.decode(text))
                .isInstanceOfSatisfying(
                        Decoded.Malformed.class,
                        malformed ->
                                assertThat(malformed.answer().error().code())
                                        .isEqualTo(ErrorCode.PARSE_ERROR.code()));
    }

    /** Zeros would make a JSON parser that guesses take it for UTF-16. */
    @Test
    void refusesOtherEncodingsThanUtf8() {
        byte[] utf16 = "{\"jsonrpc\":\"2.0\",\"method\":\"m\"}".getBytes(StandardCharsets.UTF_16BE);
        assertThat(codec.decode(utf16)).isInstanceOf(Decoded.Malformed.class);
    }

    private String encoded(JsonRpcMessage message) {
        return new String(codec.encode(message), StandardCharsets.UTF_8);
    }

    /**
     * Regressions: the first took minutes somewhere, the last escaped as a NumberFormatException.
     */
    @ParameterizedTest
    @ValueSource(strings = {"1e999999999", "-1e-999999999", "1e1001", "1e99999999999"})
    void refusesAnExponentBeyondTheLimit(String number) {
        for (String member :
                List.of("params\":{\"a\":%s},\"method", "id\":1,\"error\":{\"code\":%s},\"x")) {
            String text = "{\"jsonrpc\":\"2.0\",\"" + member.formatted(number) + "\":\"m\"}";
            assertThat(codec.decode(text))
                    .isInstanceOfSatisfying(
                            Decoded.Malformed.class,
                            malformed ->
                                    assertThat(malformed.answer().error().code())
                                            .isEqualTo(-32700));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1E+1000", "1E-1000"})
    void acceptsAnExponentAtTheLimit(String number) {
        String text = "{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":{\"a\":%s}}";
        assertThat(encoded(message(text.formatted(number)))).isEqualTo(text.formatted(number));
    }

    @Test
    void answersATooLargeBatchWithOneError() {
        String elements = "1,".repeat(JsonRpcCodec.MAX_BATCH - 1) + "1";
        assertThat(codec.decode("[" + elements + "]")).isInstanceOf(Decoded.Batch.class);
        assertRefused("[" + elements + ",{\"a\":[[]]}]", ErrorCode.INVALID_REQUEST, null);
        assertThat(codec.decode("[" + elements + ",1"))
                .isInstanceOfSatisfying(
                        Decoded.Malformed.class,
                        malformed ->
                                assertThat(malformed.answer().error().code()).isEqualTo(-32700));
    }
}
