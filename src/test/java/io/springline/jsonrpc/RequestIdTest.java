package io.springline.jsonrpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.HashSet;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RequestIdTest {

    private static final int COUNT = 1 << 17;

    static Stream<IntFunction<RequestId>> staysFastForIdsWithEqualHashes() {
        return Stream.of(
                i ->
                        new RequestId.Text(
                                Integer.toBinaryString(i | COUNT)
                                        .replace("0", "Aa")
                                        .replace("1", "BB")),
                i -> new RequestId.Number(i * 0x1_0000_0001L),
                i ->
                        new RequestId.BigNumber(
                                BigInteger.ONE
                                        .shiftLeft(96)
                                        .add(BigInteger.valueOf(i).shiftLeft(32))
                                        .subtract(BigInteger.valueOf(31L * i))));
    }

    @ParameterizedTest
    @MethodSource
    @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
    void staysFastForIdsWithEqualHashes(IntFunction<RequestId> id) {
        var seen = new HashSet<RequestId>();
        for (int i = 0; i < COUNT; i++) {
            assertThat(seen.add(id.apply(i))).isTrue();
        }
        assertThat(seen).hasSize(COUNT);
        assertThat(seen.contains(id.apply(COUNT - 1))).isTrue();
    }
}
