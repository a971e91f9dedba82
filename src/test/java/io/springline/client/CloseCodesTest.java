package io.springline.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.mcp.CloseReason;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CloseCodesTest {

    @ParameterizedTest
    @EnumSource
    void agreesWithTheServer(CloseReason reason) {
        assertThat(CloseCodes.of(reason.code(), reason.text()) instanceof ReconnectDecision.Stop)
                .isEqualTo(!reason.mayReconnect());
    }

    @Test
    void saysWhatTheClientDoesIfItsNewestConnectionIsReplaced() {
        assertThat(CloseCodes.of(CloseReason.REPLACED.code(), CloseReason.REPLACED.text()))
                .isInstanceOfSatisfying(
                        ReconnectDecision.Stop.class,
                        stop ->
                                assertThat(stop.why())
                                        .contains("does not reconnect", "create a new client"));
    }

    @Test
    void aStatusThatWasCutIsNoRefusal() {
        assertThat(CloseCodes.ofStatus(10, null)).isInstanceOf(ReconnectDecision.Reconnect.class);
        assertThat(CloseCodes.ofStatus(404, null)).isInstanceOf(ReconnectDecision.Stop.class);
    }

    @Test
    void saysWhatToConfigureIfAccessIsNotAllowed() {
        assertThat(CloseCodes.ofStatus(403, null))
                .isInstanceOfSatisfying(
                        ReconnectDecision.Stop.class,
                        stop ->
                                assertThat(stop.why())
                                        .contains("springline.websocket.allowed-hosts", "role"));
    }

    @ParameterizedTest
    @CsvSource({"7, 7", "0, 0", "99999, 300", "-3, 0", "soon, 0", "99999999999999999999, 0"})
    void retryAfterIsReadAndBounded(String value, long seconds) {
        assertThat(retryAfter(value)).isEqualTo(Duration.ofSeconds(seconds));
    }

    @Test
    void retryAfterMayBeADate() {
        String inAMinute =
                DateTimeFormatter.RFC_1123_DATE_TIME.format(
                        ZonedDateTime.now(ZoneOffset.UTC).plusMinutes(1));
        assertThat(retryAfter(inAMinute)).isBetween(Duration.ofSeconds(40), Duration.ofSeconds(60));
    }

    private static Duration retryAfter(String value) {
        return ((ReconnectDecision.Reconnect) CloseCodes.ofStatus(503, value)).atLeast();
    }
}
