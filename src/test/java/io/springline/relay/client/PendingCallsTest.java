package io.springline.relay.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.relay.config.RelayProperties.Mode;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PendingCallsTest {

    /** An upstream that answers before it reads would make its pipe seem empty. */
    @Test
    void makesIdsThatNoEarlierIdReveals() {
        var calls = new PendingCalls(Mode.SHARED);
        assertThat(Stream.generate(() -> calls.nextId().value().replaceAll(".*-", "")).limit(100))
                .doesNotHaveDuplicates()
                .allMatch(random -> random.matches("[0-9a-f]{16}"));
    }
}
