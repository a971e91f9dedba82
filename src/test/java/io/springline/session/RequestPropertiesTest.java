package io.springline.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.springline.session.limit.Rate;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestPropertiesTest {

    private static RequestProperties of(String... keys) {
        var minute = Duration.ofMinutes(1);
        return new RequestProperties(
                64, minute, new Rate(1000), minute, 10, null, null, null, List.of(keys));
    }

    @Test
    void stateKeysAreLongAndShownNowhere() {
        String key = "k".repeat(32);
        assertThat(of(key).toString()).contains("maxInFlight=64").doesNotContain(key);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> of(key, "k".repeat(31)))
                .withMessage(
                        "springline.requests.state-keys: each key must have at least 32 characters");
    }
}
