package io.springline.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestHeadersTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "tools/call",
                "a\tb",
                " padded",
                "padded ",
                "größe",
                "日本",
                "a\nb",
                "\u007f",
                "=?base64?YQ==?=",
                "=?base64?",
                "?="
            })
    void restoresEachValue(String value) {
        String header = RequestHeaders.encode(value);
        assertThat(header).matches("[\\t -~]*");
        assertThat(RequestHeaders.decode(header)).isEqualTo(value);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"=?base64?YQ?=", "=?base64?YQ=?=", "=?base64?!!!!?=", "=?base64?//8=?="})
    void rejectsMalformedBase64(String header) {
        assertThat(RequestHeaders.decode(header)).isNull();
    }
}
