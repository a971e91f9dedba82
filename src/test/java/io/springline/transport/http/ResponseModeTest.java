package io.springline.transport.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.transport.http.HttpTransportProperties.ResponseMode;
import io.springline.transport.http.stream.ResponseFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ResponseModeTest {

    @ParameterizedTest
    @CsvSource({
        "AUTO, tools/call, UNDECIDED",
        "AUTO, tasks/result, UNDECIDED",
        "AUTO, tools/list, JSON",
        "AUTO, initialize, JSON",
        "JSON, tools/call, JSON",
        "SSE, tools/call, EVENTS",
        "SSE, initialize, EVENTS",
    })
    void choosesTheFormByTheMethod(ResponseMode mode, String method, ResponseFormat format) {
        assertThat(mode.format(method)).isEqualTo(format);
    }

    /** Acceptance test 16. */
    @ParameterizedTest
    @EnumSource(ResponseMode.class)
    void answersADiscoveryWithJson(ResponseMode mode) {
        assertThat(mode.format("server/discover")).isEqualTo(ResponseFormat.JSON);
    }
}
