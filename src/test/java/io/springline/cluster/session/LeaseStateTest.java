package io.springline.cluster.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.springline.cluster.session.LeaseState.Event;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LeaseStateTest {

    @ParameterizedTest
    @CsvSource({
        "IDLE, QUEUED, WRITING",
        "IDLE, AWAY, BEHIND",
        "WRITING, QUEUED, WRITING",
        "WRITING, AWAY, STALE",
        "WRITING, KEPT_ALL, IDLE",
        "WRITING, KEPT_SOME, WRITING",
        "WRITING, MISSED, BEHIND",
        "WRITING, REFUSED, LOST",
        "STALE, AWAY, STALE",
        "STALE, KEPT_ALL, BEHIND",
        "STALE, KEPT_SOME, BEHIND",
        "STALE, MISSED, BEHIND",
        "STALE, REFUSED, LOST",
        "BEHIND, AWAY, BEHIND",
        "BEHIND, CATCH_UP, WRITING",
        "LOST, AWAY, LOST",
        "LOST, REFUSED, LOST"
    })
    void changesTo(LeaseState before, Event event, LeaseState after) {
        assertThat(before.after(event)).isEqualTo(after);
    }

    @ParameterizedTest
    @CsvSource({
        "STALE, QUEUED",
        "BEHIND, QUEUED",
        "LOST, QUEUED",
        "IDLE, CATCH_UP",
        "WRITING, CATCH_UP",
        "LOST, CATCH_UP",
        "IDLE, KEPT_ALL",
        "BEHIND, KEPT_SOME",
        "LOST, KEPT_ALL",
        "LOST, MISSED"
    })
    void rejectsWhatCannotHappen(LeaseState state, Event event) {
        assertThatIllegalStateException().isThrownBy(() -> state.after(event));
    }
}
