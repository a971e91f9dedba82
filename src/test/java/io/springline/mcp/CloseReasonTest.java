package io.springline.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CloseReasonTest {

    /** The column "Come back?" of docs/binding.md; other codes count as accidental. */
    @ParameterizedTest
    @ValueSource(ints = {1001, 1011, 1012, 1013, 4401, 4408, 4429, 1006, 4999})
    void letsClientsReconnectAfter(int code) {
        assertThat(CloseReason.mayReconnect(code)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, 1002, 1003, 1007, 1008, 1009, 4409})
    void keepsClientsFromReconnectingAfter(int code) {
        assertThat(CloseReason.mayReconnect(code)).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void givesEachCodeOneMeaning(CloseReason reason) {
        assertThat(CloseReason.mayReconnect(reason.code())).isEqualTo(reason.mayReconnect());
    }

    @ParameterizedTest
    @EnumSource
    void fitsIntoACloseFrame(CloseReason reason) {
        assertThat(reason.text().getBytes(StandardCharsets.UTF_8)).hasSizeBetween(1, 123);
    }

    @Test
    void givesEachReasonItsOwnLabel() {
        assertThat(Arrays.stream(CloseReason.values()).map(CloseReason::label))
                .doesNotHaveDuplicates()
                .allMatch(label -> label.matches("[a-z_]+"));
    }
}
