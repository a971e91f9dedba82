package io.springline.jsonrpc.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.jsonrpc.JsonRpcMessage.Notification;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * The JSON that CBOR items correspond to, and the error for each kind of item without JSON
 * equivalent.
 */
class CborCodecTest {

    private static final HexFormat HEX = HexFormat.of();

    private final JsonRpcCodec json = JsonRpcCodec.json(1 << 20);
    private final JsonRpcCodec cbor = JsonRpcCodec.cbor(1 << 20);

    /** {@code {"jsonrpc":"2.0","method":"n","params":{"a":…}}} in CBOR. */
    private static byte[] around(String valueHex) {
        var message = new ByteArrayOutputStream();
        message.write(0xA3);
        text(message, "jsonrpc");
        text(message, "2.0");
        text(message, "method");
        text(message, "n");
        text(message, "params");
        message.write(0xA1);
        text(message, "a");
        message.writeBytes(HEX.parseHex(valueHex.replace(" ", "")));
        return message.toByteArray();
    }

    private static void text(ByteArrayOutputStream out, String text) {
        out.write(0x60 + text.length());
        out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
    }

    private String read(byte[] bytes) {
        return switch (cbor.decode(bytes)) {
            case Decoded.Message(Notification(_, var params)) when params != null ->
                    String.valueOf(params.get("a"));
            case Decoded.Malformed(var answer, var strike) ->
                    answer.error().code() + (strike ? " strike " : " ") + answer.error().message();
            case Decoded other -> other.toString();
        };
    }

    private String read(String valueHex) {
        return read(around(valueHex));
    }

    /** Each was also read by another implementation, cbor2 6.1 for Python. */
    @ParameterizedTest
    @CsvFileSource(resources = "/cbor/golden.csv", delimiter = '|', quoteCharacter = '^')
    void keepsTheEncodedBytesStable(String text, String hex) {
        var message = (Decoded.Message) json.decode(text);
        assertThat(HEX.formatHex(cbor.encode(message.message()))).isEqualTo(hex);
        var back = (Decoded.Message) cbor.decode(HEX.parseHex(hex));
        assertThat(json.encode(back.message())).asString(StandardCharsets.UTF_8).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "17 | 23",
                "1818 | 24",
                "1903e8 | 1000",
                "1a000f4240 | 1000000",
                "1b7fffffffffffffff | 9223372036854775807",
                "1bffffffffffffffff | 18446744073709551615",
                "20 | -1",
                "3903e7 | -1000",
                "3b7fffffffffffffff | -9223372036854775808",
                "3bffffffffffffffff | -18446744073709551616",
                "1b0000000000000001 | 1",
                "c249010000000000000000 | 18446744073709551616",
                "c249ffffffffffffffffff | 4722366482869645213695",
                "c349010000000000000000 | -18446744073709551617",
                "c240 | 0",
                "c24105 | 5",
                "c25f41014100ff | 256",
                "c48221196ab3 | 273.15",
                "c482381e01 | 1E-31",
                "c48202c249010000000000000000 | 1.8446744073709551616E+21",
                "f90000 | 0.0",
                "f98000 | 0.0",
                "f93e00 | 1.5",
                "fa47c35000 | 100000.0",
                "fb3ff199999999999a | 1.1",
                "f4 | false",
                "f5 | true",
                "f6 | null",
                "f7 | null",
                "60 | ``",
                "7f657374726561646d696e67ff | `streaming`",
                "7fff | ``",
                "62c3bc | `ü`",
                "63efbfbd | `\uFFFD`",
                "40 | ``",
                "43010203 | `AQID`",
                "d64401020304 | `AQIDBA==`",
                "d65f42010241 03ff | `AQID`",
                "80 | []",
                "9fff | []",
                "83010203 | [1,2,3]",
                "9f0182029f03ffff | [1,[2,[3]]]",
                "a0 | {}",
                "bfff | {}",
                "bf616201616302ff | {`b`:1,`c`:2}",
                "a17f61616162ff01 | {`ab`:1}"
            })
    void readsWhatStandsForJson(String hex, String expected) {
        assertThat(read(hex)).isEqualTo(expected.replace('`', '"'));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "f97e00 | a number that is infinite or NaN",
                "f97c00 | a number that is infinite or NaN",
                "fa7f800000 | a number that is infinite or NaN",
                "fbfff0000000000000 | a number that is infinite or NaN",
                "e0 | a simple value that JSON does not have",
                "f818 | a simple value that JSON does not have",
                "f8ff | a simple value that JSON does not have",
                "ff | a simple value that JSON does not have",
                "a10102 | a key that is not a text string",
                "a1410102 | a key that is not a text string",
                "a1d81961610 0 | a key that is not a text string",
                "a2616101616102 | a duplicate key",
                "bf616101616102ff | a duplicate key",
                "c001 | an unsupported tag: only 2 to 4 (numbers) and 22 (base64) are allowed, on values of the right type",
                "c201 | an unsupported tag: only 2 to 4 (numbers) and 22 (base64) are allowed, on values of the right type",
                "c4830101 01 | an unsupported tag: only 2 to 4 (numbers) and 22 (base64) are allowed, on values of the right type",
                "d66161 | an unsupported tag: only 2 to 4 (numbers) and 22 (base64) are allowed, on values of the right type",
                "d8190 0 | an unsupported tag: only 2 to 4 (numbers) and 22 (base64) are allowed, on values of the right type",
                "d9010081 60 | an unsupported tag: only 2 to 4 (numbers) and 22 (base64) are allowed, on values of the right type",
                "d9d9f701 | an unsupported tag: only 2 to 4 (numbers) and 22 (base64) are allowed, on values of the right type",
                "c2c24101 | an unsupported tag: only 2 to 4 (numbers) and 22 (base64) are allowed, on values of the right type",
                "c482616101 | a decimal fraction that does not consist of two integers",
                "c48201f93c00 | a decimal fraction that does not consist of two integers",
                "c4821903e901 | a number beyond 1e1000",
                "c4823903e801 | a number beyond 1e1000",
                "c4821b7fffffffffffffff01 | a number beyond 1e1000",
                "61ff | not CBOR: text that is not UTF-8",
                "63eda080 | not CBOR: text that is not UTF-8",
                "62c080 | not CBOR: text that is not UTF-8",
                "7f61c361bcff | not CBOR: text that is not UTF-8",
                "7f4161ff | not CBOR: a chunk of a string has another type",
                "5f6161ff | not CBOR: a chunk of a string has another type",
                "7f7f6161ffff | not CBOR: a reserved or missing length",
                "1c | not CBOR: a reserved or missing length",
                "1f | not CBOR: a reserved or missing length",
                "7c | not CBOR: a reserved or missing length",
                "0101 | not CBOR: more than one item",
                "01ff | not CBOR: more than one item",
                "8201 | not CBOR: it ends too early",
                "6261 | not CBOR: it ends too early",
                "4201 | not CBOR: it ends too early",
                "9bffffffffffffffff | not CBOR: it ends too early",
                "9b7fffffffffffffff | not CBOR: it ends too early",
                "bb7fffffffffffffff | not CBOR: it ends too early",
                "5b7fffffffffffffff | not CBOR: it ends too early",
                "7a7fffffff | not CBOR: it ends too early",
                "9f01 | not CBOR: it ends too early",
                "19ff | not CBOR: it ends too early"
            })
    void answersWhatDoesNot(String hex, String what) {
        assertThat(read(hex)).isEqualTo("-32700 strike Parse error: " + what);
    }

    @Test
    void acceptsTheSelfDescribedTag() {
        var marked = new ByteArrayOutputStream();
        marked.writeBytes(HEX.parseHex("d9d9f7"));
        marked.writeBytes(around("01"));
        assertThat(read(marked.toByteArray())).isEqualTo("1");
        for (String part : List.of("d9", "d9d9", "d9d9f7")) {
            assertThat(read(HEX.parseHex(part)))
                    .isEqualTo("-32700 strike Parse error: not CBOR: it ends too early");
        }
    }

    @Test
    void tellsWhetherMessagesAreBinary() {
        assertThat(cbor.isBinary()).isTrue();
        assertThat(json.isBinary()).isFalse();
    }

    @Test
    void ignoresAnEmptyMessage() {
        assertThat(cbor.decode(new byte[0])).isInstanceOf(Decoded.Ignored.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}", "[]", "\"a\""})
    void refusesJsonText(String text) {
        assertThat(read(text.getBytes(StandardCharsets.UTF_8))).startsWith("-32700 strike");
    }

    @Test
    void appliesTheLimitsOfJson() {
        assertThat(read("81".repeat(197) + "80")).startsWith("[[[");
        assertThat(read("81".repeat(198) + "80"))
                .isEqualTo("-32700 strike Parse error: nested deeper than 200");
        assertThat(read("9f".repeat(100_000))).contains("nested deeper than 200");
        assertThat(read("c2582a" + "ff".repeat(42)))
                .isEqualTo("-32700 strike Parse error: a number of more than 100 digits");
        assertThat(read("c25829" + "ff".repeat(41))).hasSizeGreaterThan(90);
        assertThat(read(bignum(BigInteger.TEN.pow(100).subtract(BigInteger.ONE))))
                .isEqualTo("9".repeat(100));
        assertThat(read(bignum(BigInteger.TEN.pow(100)))).contains("more than 100 digits");
        assertThat(read("c4821903e801")).isEqualTo("1E+1000");
        assertThat(read("c4823903e701")).isEqualTo("1E-1000");
        assertThat(read("9a000f4240" + "00".repeat(1_000_000)))
                .isEqualTo("-32700 strike Parse error: more than 1000000 values");
        // twelve belong to the message around it
        assertThat(read("9a000f4234" + "00".repeat(999_988))).startsWith("[0,0,");
        assertThat(read("9a000f4235" + "00".repeat(999_989))).contains("more than 1000000 values");
        assertThat(read("9f" + "80".repeat(500_001) + "ff")).contains("more than 1000000 values");
        assertThat(read("9f" + "a0".repeat(500_001) + "ff")).contains("more than 1000000 values");
        assertThat(read("9f" + "a16000".repeat(250_001) + "ff"))
                .contains("more than 1000000 values");
        assertThat(read("7f" + "60".repeat(1_000_001) + "ff")).contains("more than 1000000 values");
        assertThat(read("a179c351" + "6b".repeat(50_001) + "01"))
                .isEqualTo("-32700 strike Parse error: a string of more than 50000 characters");
    }

    private static String bignum(BigInteger value) {
        byte[] bytes = value.toByteArray();
        return "c258%02x".formatted(bytes.length) + HEX.formatHex(bytes);
    }

    @Test
    void limitsTheLengthOfStrings() {
        JsonRpcCodec small = JsonRpcCodec.cbor(8);
        assertThat(small.decode(around("686162636465666768"))).isInstanceOf(Decoded.Message.class);
        assertThat(small.decode(around("69616263646566676869")))
                .isInstanceOf(Decoded.Malformed.class);
        assertThat(small.decode(around("46000000000000"))).isInstanceOf(Decoded.Message.class);
        assertThat(small.decode(around("4700000000000000"))).isInstanceOf(Decoded.Malformed.class);
    }

    @Test
    void classifiesTheElementsOfABatchOneByOne() {
        var batch = new ByteArrayOutputStream();
        batch.write(0x82);
        batch.writeBytes(around("01"));
        batch.write(0x01);
        assertThat(((Decoded.Batch) cbor.decode(batch.toByteArray())).elements())
                .hasExactlyElementsOfTypes(Decoded.Message.class, Decoded.Malformed.class);
        assertThat(cbor.decode(HEX.parseHex("9903e8" + "01".repeat(1000))))
                .isInstanceOf(Decoded.Batch.class);
        assertThat(read(HEX.parseHex("9903e9" + "01".repeat(1001))))
                .isEqualTo("-32600 strike Invalid Request: a batch of more than 1000 elements");
        assertThat(read(HEX.parseHex("01")))
                .isEqualTo("-32600 strike Invalid Request: a message must be a JSON object");
    }

    /** A tag for each byte would take some libraries minutes. */
    @Test
    void refusesManyTagsInLinearTime() {
        assertThat(read("c6".repeat(10_000_000))).contains("an unsupported tag");
    }

    /** Each level would take a frame of the stack. */
    @Test
    void refusesDecimalFractionsInDecimalFractions() {
        for (String nested : List.of("c482", "d80482", "db000000000000000482", "c48201c48201")) {
            assertThat(read(nested.repeat(100_000)))
                    .startsWith("-32700 strike Parse error: an unsupported tag");
        }
        assertThat(read("c48220c249010000000000000000")).isEqualTo("1844674407370955161.6");
    }

    @Test
    void writesBase64AsBytesIfItReadsBackTheSame() {
        byte[] image = new byte[302];
        new Random(1).nextBytes(image);
        String base64 = Base64.getEncoder().encodeToString(image);
        assertThat(encoded("data", base64)).hasSizeLessThan(base64.length());
        assertThat(encoded("blob", base64)).hasSizeLessThan(base64.length());
        assertThat(encoded("text", base64)).hasSizeGreaterThan(base64.length());
        for (String other :
                List.of(
                        base64.replace("=", ""),
                        base64.substring(0, 402) + "9=",
                        Base64.getUrlEncoder().encodeToString(image),
                        Base64.getMimeEncoder().encodeToString(image),
                        base64.substring(0, 60) + "    " + base64.substring(60),
                        "AA==" + base64,
                        "a".repeat(69),
                        "é".repeat(64))) {
            assertThat(back(encoded("data", other))).isEqualTo(other);
        }
        assertThat(back(encoded("data", base64))).isEqualTo(base64);
    }

    @Test
    void writesShortBase64AsText() {
        assertThat(HEX.formatHex(encoded("data", "A".repeat(64)))).contains("d65830");
        assertThat(HEX.formatHex(encoded("data", "A".repeat(60)))).contains("783c4141");
    }

    @Test
    void writesTextIfByteStringsAreDisabled() {
        String base64 = "AAAA".repeat(32);
        JsonRpcCodec plain = JsonRpcCodec.cborWithoutByteStrings(1 << 20);
        byte[] written = plain.encode(notification("data", base64));
        assertThat(written).hasSizeGreaterThan(base64.length());
        assertThat(back(written)).isEqualTo(base64);
        assertThat(plain.decode(encoded("data", base64))).isInstanceOf(Decoded.Message.class);
    }

    private byte[] encoded(String key, String value) {
        return cbor.encode(notification(key, value));
    }

    private static Notification notification(String key, String value) {
        return new Notification("n", JsonNodeFactory.instance.objectNode().put(key, value));
    }

    private String back(byte[] bytes) {
        var message = (Decoded.Message) cbor.decode(bytes);
        var params = ((Notification) message.message()).params();
        return params == null ? "" : params.iterator().next().stringValue();
    }

    @Test
    void writesTheSameNumbersAsJson() {
        var params = JsonNodeFactory.instance.objectNode();
        params.put("float", 0.1f).put("double", 0.1).put("tiny", Double.MIN_VALUE);
        params.put("nan", Double.NaN).put("infinite", Float.NEGATIVE_INFINITY);
        params.put("big", 1e300).put("third", 1.0f / 3);
        var message = new Notification("n", params);
        var viaJson = (Decoded.Message) json.decode(json.encode(message));
        var viaCbor = (Decoded.Message) cbor.decode(cbor.encode(message));
        var expected = ((Notification) viaJson.message()).params();
        var actual = ((Notification) viaCbor.message()).params();
        assertThat(actual).isNotNull();
        assertThat(expected).isNotNull();
        expected.properties()
                .forEach(each -> {
                    var other = actual.get(each.getKey());
                    assertThat(other.getNodeType()).isEqualTo(each.getValue().getNodeType());
                    if (other.isNumber()) {
                        assertThat(other.decimalValue())
                                .isEqualByComparingTo(each.getValue().decimalValue());
                    } else {
                        assertThat(other).isEqualTo(each.getValue());
                    }
                });
    }
}
