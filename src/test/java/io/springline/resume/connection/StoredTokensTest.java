package io.springline.resume.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.resume.store.SessionLease.Outcome;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StoredTokensTest {

    private final List<String> writes = new ArrayList<>();
    private final StoredTokens tokens =
            new StoredTokens(TestLease.of(1, 0, writes::add), new ResumeTokens("first"));

    @Test
    void writesEachChange() throws Exception {
        assertThat(tokens.offer("second").await()).isEqualTo(Outcome.KEPT);
        assertThat(tokens.isGood("second")).isFalse();
        tokens.rotate("first", "second");
        assertThat(tokens.isGood("first")).isTrue();
        assertThat(tokens.isGood("second")).isTrue();
        tokens.confirm();
        assertThat(tokens.isGood("first")).isFalse();
        assertThat(tokens.digests()).containsExactly("second");
        assertThat(writes)
                .containsExactly(
                        "tokens[[first, second]]", "tokens[[second, first]]", "tokens[[second]]");
    }

    @Test
    void hasOlderTokensInTheStoreFromARotationToItsConfirmation() {
        assertThat(tokens.isNewestAlone()).isTrue();
        tokens.rotate("first", "second");
        assertThat(tokens.isNewestAlone()).isFalse();
        tokens.confirm();
        assertThat(tokens.isNewestAlone()).isTrue();
    }
}
