package io.springline.transport.drain;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.session.limit.Rate;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DrainPacerTest {

    private static final long SECOND = 1_000_000_000;

    /** When each connection is closed, if all can be closed at any time. */
    private static List<Long> closings(int connections, int ceiling, long nanos, long seed) {
        var pace = new DrainPacer(new Rate(ceiling), new Random(seed));
        var closings = new ArrayList<Long>();
        long now = 0;
        while (closings.size() < connections) {
            var batch = pace.next(connections - closings.size(), nanos - now);
            for (int i = 0; i < batch.size() && closings.size() < connections; i++) {
                closings.add(now);
            }
            now += batch.pauseNanos();
        }
        return closings;
    }

    private static int mostInASecond(List<Long> closings) {
        int most = 0;
        for (int from = 0, to = 0; to < closings.size(); to++) {
            while (closings.get(to) - closings.get(from) >= SECOND) {
                from++;
            }
            most = Math.max(most, to - from + 1);
        }
        return most;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 10, 25, 99, 500})
    void closesNoMoreThanTheCeilingPerSecond(int ceiling) {
        for (long seed = 0; seed < 20; seed++) {
            List<Long> closings = closings(ceiling * 8, ceiling, 1000 * SECOND, seed);
            assertThat(mostInASecond(closings)).isBetween(ceiling / 2, ceiling);
        }
    }

    @Test
    void spreadsConnectionsEvenlyIfTimeIsShort() {
        List<Long> closings = closings(10_000, 100, 5 * SECOND, 1);
        assertThat(closings.getLast()).isBetween(3 * SECOND, 5 * SECOND);
        assertThat(mostInASecond(closings)).isLessThan(4_000);
    }

    @Test
    void variesThePauses() {
        assertThat(closings(500, 100, 100 * SECOND, 1).stream().distinct())
                .extracting(nanos -> nanos % 1_000_000)
                .doesNotHaveDuplicates();
    }
}
