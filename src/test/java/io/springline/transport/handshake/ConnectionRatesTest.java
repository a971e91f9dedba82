package io.springline.transport.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.session.limit.Rate;
import org.junit.jupiter.api.Test;

class ConnectionRatesTest {

    private static final long SECOND = 1_000_000_000L;

    private final ConnectionRates rates = new ConnectionRates(new Rate(10));

    private int taken(String address, long now, int attempts) {
        int taken = 0;
        for (int i = 0; i < attempts; i++) {
            taken += rates.take(address, now) ? 1 : 0;
        }
        return taken;
    }

    @Test
    void allowsABurstOfTwiceTheRate() {
        assertThat(taken("a", 0, 100)).isEqualTo(20);
        assertThat(taken("b", 0, 100)).isEqualTo(20);
        assertThat(taken("a", SECOND, 100)).isEqualTo(10);
    }

    @Test
    void doesNotCountRefusedAttempts() {
        taken("a", 0, 1_000_000);
        assertThat(taken("a", 2 * SECOND, 100)).isEqualTo(20);
    }

    @Test
    void limitsTheNumberOfTrackedAddresses() {
        for (int i = 0; i < ConnectionRates.MAX_ADDRESSES + 100; i++) {
            rates.take("address " + i, 0);
        }
        assertThat(rates.addresses()).isEqualTo(ConnectionRates.MAX_ADDRESSES);
    }
}
