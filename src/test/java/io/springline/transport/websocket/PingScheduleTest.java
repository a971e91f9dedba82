package io.springline.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class PingScheduleTest {

    private static final int SHARES = 10;
    private static final int TICKS = 30;
    private static final long TICK = 1_000_000_000L;
    private static final long BEAT = TICK / SHARES;

    private final PingSchedule<Peer> schedule = new PingSchedule<>(TICKS * TICK, SHARES);

    private record Peer(int number, KeepAlive life, List<Long> pings) {

        void ping(long now) {
            life.pinged(now);
            life.received();
            pings.add(now);
        }

        @Override
        public int hashCode() {
            return number;
        }

        @Override
        public boolean equals(Object other) {
            return this == other;
        }
    }

    @Test
    void spreadsThePingsOfConnectionsThatWereOpenedTogether() {
        List<Peer> peers = open(10_000);

        Map<Long, Integer> perBeat = beats(peers, 3 * TICKS);

        // 10,000 pings within half an interval of 150 beats are 67 in each.
        assertThat(perBeat.values()).allSatisfy(count -> assertThat(count).isLessThan(134));
    }

    @Test
    void pingsEachConnectionOnceInEachInterval() {
        List<Peer> peers = open(1_000);

        beats(peers, 3 * TICKS);

        assertThat(peers)
                .allSatisfy(peer -> {
                    List<Long> pings = peer.pings();
                    assertThat(pings.getFirst()).isBetween(TICKS * TICK / 2, (TICKS + 2) * TICK);
                    for (int i = 1; i < pings.size(); i++) {
                        assertThat(pings.get(i) - pings.get(i - 1))
                                .isBetween((TICKS - 1) * TICK, (TICKS + 2) * TICK);
                    }
                });
    }

    @Test
    void pingsAllThatAreDueAtTheEndOfATick() {
        List<Peer> peers = open(25);
        long now = 2 * TICKS * TICK;
        peers.forEach(peer -> schedule.addIfDue(peer, peer.life(), now));

        List<Peer> pinged = new ArrayList<>();
        schedule.nextShare(pinged::add);
        assertThat(pinged).hasSize(3);
        schedule.rest(pinged::add);

        assertThat(pinged).isEqualTo(peers);
    }

    private static List<Peer> open(int count) {
        List<Peer> peers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            peers.add(new Peer(i, new KeepAlive(0), new ArrayList<>()));
        }
        return peers;
    }

    /** Returns the number of pings of each beat. */
    private Map<Long, Integer> beats(List<Peer> peers, int ticks) {
        Map<Long, Integer> perBeat = new HashMap<>();
        for (int beat = 0; beat < ticks * SHARES; beat++) {
            long now = beat * BEAT;
            Consumer<Peer> ping =
                    peer -> {
                        peer.ping(now);
                        perBeat.merge(now, 1, Integer::sum);
                    };
            if (beat % SHARES == 0) {
                schedule.rest(ping);
                peers.forEach(peer -> schedule.addIfDue(peer, peer.life(), now));
            }
            schedule.nextShare(ping);
        }
        return perBeat;
    }
}
