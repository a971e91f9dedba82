package io.springline.relay.attach.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class FlapGuardTest {

    private final FlapGuard guard = new FlapGuard(3);
    private long now = 1_000;

    private Duration attach(String server) {
        return guard.attach(server, now);
    }

    private void flap() {
        for (int n = 0; n < 3; n++) {
            assertThat(attach("git")).isZero();
        }
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }

    @Test
    void holdsOffTwiceAsLongEachTimeUpToAMinute() {
        for (int seconds : new int[] {5, 10, 20, 40, 60, 60}) {
            flap();
            assertThat(attach("git")).isEqualTo(Duration.ofSeconds(seconds));
            assertThat(guard.remaining("git", now)).isEqualTo(Duration.ofSeconds(seconds));
            pass(Duration.ofSeconds(seconds));
            assertThat(guard.remaining("git", now)).isZero();
        }
    }

    @Test
    void beginsAgainAfterFiveQuietMinutes() {
        flap();
        assertThat(attach("git")).isEqualTo(Duration.ofSeconds(5));
        pass(Duration.ofSeconds(305));
        flap();
        assertThat(attach("git")).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void admitsAServerThatSpreadsItsConnectionsOut() {
        for (int n = 0; n < 100; n++) {
            assertThat(attach("git")).isZero();
            pass(Duration.ofSeconds(20));
        }
    }

    @Test
    void forgetsTheServerThatDidNotAttachForTheLongestTime() {
        flap();
        for (int n = 1; n < 10_000; n++) {
            attach("other-" + n);
        }
        assertThat(attach("git")).isPositive();
        attach("one more");
        assertThat(attach("git")).isPositive();
    }

    @Test
    void aServerThatIsHeldOffDelaysNoOther() {
        flap();
        assertThat(attach("git")).isPositive();
        assertThat(attach("box")).isZero();
    }
}
