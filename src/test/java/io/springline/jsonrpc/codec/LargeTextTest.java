package io.springline.jsonrpc.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Large texts are read without a detour, and with the same result. */
class LargeTextTest {

    private static final int LARGE = 100_000;
    private static final int LIMIT = 11_000_000;
    private static final String A = "a".repeat(LARGE);

    private static String result(String json) {
        return "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":" + json + "}";
    }

    static Stream<String> valid() {
        return Stream.of(
                "{\"x\":\"%s\"}",
                "{\"x\":[\"%s\",\"%s\",\"b\",1],\"y\":\"%1$s\"}",
                "{\"x\":\"%s\\n\",\"y\":\"\\\"%s\"}",
                "{\"x\":\"%s\\\"b\\\\\",\"y\":\"%1$s\"}",
                "{\"x\":\"é%s\",\"y\":\"%s😀\"}",
                "\"%s\"");
    }

    @ParameterizedTest
    @MethodSource("valid")
    void writesWhatItRead(String format) {
        String text = result(format.formatted(A, A));
        for (String start : List.of("", "\uFEFF")) {
            JsonRpcCodec codec =
                    start.isEmpty() ? JsonRpcCodec.json(LIMIT) : JsonRpcCodec.lenientJson(LIMIT);
            assertThat(codec.decode(start + text))
                    .isInstanceOfSatisfying(
                            Decoded.Message.class,
                            read ->
                                    assertThat(codec.encode(read.message()))
                                            .asString(StandardCharsets.UTF_8)
                                            .isEqualTo(text));
        }
    }

    static Stream<String> invalid() {
        return Stream.of(
                result("\"" + A + "\n\""),
                result("\"" + A + "\u0000\""),
                result("\"" + A + "\\x\""),
                result("\"" + A + "\"\""),
                result("\"" + A),
                result("{\"x\":1,\"x\":\"" + A + "\"}"),
                result("\"" + "a".repeat(LIMIT + 1) + "\""));
    }

    @ParameterizedTest
    @MethodSource("invalid")
    void refusesWhatItAlwaysRefused(String text) {
        assertThat(JsonRpcCodec.json(LIMIT).decode(text)).isInstanceOf(Decoded.Malformed.class);
    }

    @Test
    void refusesWhatIsNotUtf8() {
        byte[] text = result("\"" + A + "\"").getBytes(StandardCharsets.UTF_8);
        text[LARGE] = (byte) 0xC0;
        assertThat(JsonRpcCodec.json(LIMIT).decode(text)).isInstanceOf(Decoded.Malformed.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\uFEFF"})
    void copiesTheTextOnce(String start) {
        byte[] text =
                (start + result("{\"content\":\"%s\"}".formatted("a".repeat(10_000_000))))
                        .getBytes(StandardCharsets.UTF_8);
        JsonRpcCodec codec = JsonRpcCodec.lenientJson(LIMIT);
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        Decoded read = codec.decode(text);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before)
                .isBetween(10_000_000L, 11_000_000L);
        assertThat(read).isInstanceOf(Decoded.Message.class);
    }
}
