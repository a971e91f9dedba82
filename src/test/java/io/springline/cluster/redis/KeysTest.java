package io.springline.cluster.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.cluster.SlotHash;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeysTest {

    private final Keys keys = new Keys("springline");

    /** A script of Redis Cluster uses keys of one slot only. An empty hash tag counts as none. */
    @ParameterizedTest
    @ValueSource(strings = {"ada", "", "}", "}ada", "{ada}", "a}b", ":{-}"})
    void theKeysOfTheTokensOfAClientHaveOneSlot(String client) {
        assertThat(SlotHash.getSlot(keys.tokenOrder(client)))
                .isEqualTo(SlotHash.getSlot(keys.tokens(client)));
    }

    @Test
    void clientsHaveKeysOfTheirOwn() {
        var seen = new HashSet<String>();
        for (String each : List.of("ada", "", "-", "}", "-}", ":{-}", "{-}", "-}}")) {
            assertThat(seen.add(Bytes.text(keys.tokens(each)))).as(each).isTrue();
            assertThat(seen.add(Bytes.text(keys.tokenOrder(each)))).as(each).isTrue();
        }
    }
}
