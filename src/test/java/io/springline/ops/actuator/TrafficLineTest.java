package io.springline.ops.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.ops.actuator.TrafficLine.Direction;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrafficLineTest {

    private static TrafficLine line(String message) {
        byte[] payload = message.getBytes(StandardCharsets.UTF_8);
        return TrafficLine.of(Instant.EPOCH, Direction.RECEIVED, payload, payload.length);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'id':7,'method':'tools/list'}             | tools/list | 7",
                "{'method':'tools/list','id':'a\"b'}        | tools/list | \"a\\\"b\"",
                "{'method':'notifications/initialized'}     | notifications/initialized |",
                "{'id':7,'result':{'method':'no'}}          | result     | 7",
                "{'error':{'code':1},'id':null}             | error      |",
                "[{'id':1,'method':'ping'}]                 | batch      |",
                "7                                          |            |",
                "{'method':                                 |            |"
            },
            quoteCharacter = '`')
    void saysWhatItIs(String message, String method, String id) {
        TrafficLine line = line(message.replace('\'', '"').replace("\"a\"b\"", "\"a\\\"b\""));
        assertThat(line.method()).isEqualTo(method);
        assertThat(line.id()).isEqualTo(id);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'params':{'token':'XX'}}",
                "{'params':{'arguments':{'apiKey':'XX','api_key':{'a':['XX']}}}}",
                "{'params':{'arguments':{'PASSWORD':['XX','XX'],'b':1}}}",
                "{'result':{'requestState':'XX'}}",
                "{'params':{'headers':{'Authorization':'Basic XX'}}}",
                "{'params':{'text':'use Bearer XXXXXXXXX for it'}}",
                "{'params':['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJYWCJ9.XX']}",
                "[{'params':{'clientSecret':'XX'}}]"
            })
    void masksWhatLooksLikeASecret(String message) {
        assertThat(line(message.replace('\'', '"')).text()).contains("•••").doesNotContain("XX");
    }

    @Test
    void showsTheRest() {
        String message =
                """
                {"id":1,"params":{"_meta":{"progressToken":5},"a":[1,2.50,true,null,"é\\n"],"o":{}}}\
                """;
        TrafficLine line = line(message);
        assertThat(line.text()).isEqualTo(message);
        assertThat(line.bytes()).isEqualTo(message.getBytes(StandardCharsets.UTF_8).length);
    }

    @Test
    void findsMethodAndIdBehindWhatIsTooLong() {
        String filler = "{\"deep\":[\"" + "x".repeat(2_000_000) + "\"]}";
        TrafficLine line =
                line(
                        "{\"params\":%s,\"result\":%s,\"method\":\"m\",\"id\":3}"
                                .formatted(filler, filler));
        assertThat(line.method()).isEqualTo("m");
        assertThat(line.id()).isEqualTo("3");
        assertThat(line.text()).hasSize(TrafficLine.MAX_TEXT + 1).endsWith("…");
        assertThat(line.bytes()).isGreaterThan(4_000_000);
    }

    @Test
    void aSecretBehindTheCutIsNotShownEither() {
        assertThat(line("{\"a\":\"%s\",\"token\":\"XX\"}".formatted("x".repeat(480))).text())
                .doesNotContain("XX");
    }

    @Test
    void aLongMethodIsCut() {
        assertThat(line("{\"method\":\"%s\"}".formatted("m".repeat(5_000))).method()).hasSize(101);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\r\n\t "})
    void showsAnEmptyMessage(String message) {
        TrafficLine line = line(message);
        assertThat(line.text()).isEmpty();
        assertThat(line.method()).isNull();
        assertThat(line.bytes()).isEqualTo(message.length());
    }

    /** They could move the cursor of a terminal, or change the order of what it shows. */
    @ParameterizedTest
    @ValueSource(strings = {"\\u001b[2J", "\\u0007", "\\u007f", "\\u009b2J", "\\u202e", "\u009b2J"})
    void replacesControlCharacters(String hostile) {
        TrafficLine line =
                line(
                        "{\"method\":\"a%1$sb\",\"id\":\"%1$s\",\"p%1$s\":[\"%1$s\"]}"
                                .formatted(hostile));
        assertThat(line.method()).startsWith("a\uFFFD").endsWith("b");
        assertThat(line.method() + line.id() + line.text()).doesNotContainPattern("\\p{C}");
    }

    @Test
    void noMethodThatIsNoString() {
        assertThat(line("{\"method\":{\"a\":1},\"id\":4}").id()).isEqualTo("4");
    }

    /** A regression: the search tried each place of the text again from each place before it. */
    @ParameterizedTest
    @ValueSource(strings = {"-eyJ", "-eyJaaaaaaaa", "bearer ", "bearer\\n\\t", "eyJaaaaaaaa.", "."})
    @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
    void takesTimeInProportionToTheMessage(String repeated) {
        String text = repeated.repeat(10_000_000 / repeated.length());
        TrafficLine line = line("{\"method\":\"m\",\"params\":[\"%s\"],\"id\":3}".formatted(text));
        assertThat(line.id()).isEqualTo("3");
        assertThat(
                        line("{\"%s\":1,\"id\":3}"
                                        .formatted(repeated.repeat(40_000 / repeated.length())))
                                .id())
                .isEqualTo("3");
    }

    /** Wherever the text is cut, it shows nothing of a secret that goes on behind the cut. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "bearer QQQQQQQQQQQQ",
                "BEARER   QQQQQQQQQQQQ",
                "bearer\\u000bQQQQQQQQQQQQ",
                "eyJQQQQQQQQQQQQ.QQQQQQQQQQ.QQQQQQQQQQ"
            })
    void showsNoHeadOfASecretThatIsCut(String secret) {
        for (int before = 400; before < TrafficLine.MAX_TEXT + 5; before++) {
            String text =
                    line("{\"a\":\"%s %s%s\"}"
                                    .formatted("x".repeat(before), secret, " z".repeat(500)))
                            .text();
            assertThat(text).doesNotContain("Q");
        }
    }

    @Test
    void showsTheBeginningOfALongTextWithoutASecret() {
        String text =
                line("{\"a\":\"%s\"}".formatted("the bearer of news, eyJ ".repeat(1000))).text();
        assertThat(text).hasSize(TrafficLine.MAX_TEXT + 1).contains("bearer of news");
    }

    @Test
    void masksASecretInPlaceOfAMethodOrAnId() {
        TrafficLine line =
                line("{\"method\":\"Bearer QQQQQQQQQ\",\"id\":\"eyJQQQQQQQQ.QQQQQQ.QQQQ\"}");
        assertThat(line.toString()).doesNotContain("Q");
    }
}
