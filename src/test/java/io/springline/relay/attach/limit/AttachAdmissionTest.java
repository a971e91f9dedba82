package io.springline.relay.attach.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.session.limit.Rate;
import java.time.Duration;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class AttachAdmissionTest {

    private static final long NOW = 1_000;

    private final AttachAdmission admission = new AttachAdmission(new Rate(10));

    private long[] waits(String token, int servers, long now) {
        return LongStream.generate(() -> admission.retryAfterSeconds(token, now))
                .limit(servers)
                .toArray();
    }

    @Test
    void admitsTwiceTheRateAtOnceAndThenTheRate() {
        int admitted = 0;
        for (int n = 0; n < 100; n++) {
            admitted += admission.take("team", NOW) ? 1 : 0;
        }
        assertThat(admitted).isEqualTo(20);
        long later = NOW + Duration.ofSeconds(1).toNanos();
        for (int n = 0; n < 100; n++) {
            admitted += admission.take("team", later) ? 1 : 0;
        }
        assertThat(admitted).isEqualTo(30);
        assertThat(admission.take("other", NOW)).isTrue();
    }

    @Test
    void spreadsRefusedServersOverTheTimeThatTheirTokensRateNeeds() {
        long[] waits = waits("team", 300, NOW);
        for (int n = 0; n < waits.length; n++) {
            long turn = n / 10 + 1;
            assertThat(waits[n]).isBetween(turn, 2 * turn);
        }
        assertThat(waits("other", 1, NOW)[0]).as("another token").isBetween(1L, 2L);
    }

    @Test
    void letsNoServerWaitForMoreThanTwoMinutes() {
        assertThat(LongStream.of(waits("team", 5_000, NOW)))
                .allMatch(each -> each >= 1 && each <= 120);
    }

    @Test
    void forgetsRefusedServersWhenTheirTimeHasCome() {
        waits("team", 300, NOW);
        long later = NOW + Duration.ofSeconds(31).toNanos();
        assertThat(waits("team", 1, later)[0]).isBetween(1L, 2L);
    }

    @Test
    void oneTokenLeavesHalfOfTheHandshakesToOthers() {
        int begun = 0;
        while (admission.begin("silent")) {
            begun++;
        }
        assertThat(begun).isEqualTo(AttachAdmission.MAX_HANDSHAKES_PER_TOKEN);
        assertThat(admission.isFull("silent")).isTrue();
        assertThat(admission.isFull("other")).isFalse();
        for (int n = 0; n < AttachAdmission.MAX_HANDSHAKES - begun; n++) {
            assertThat(admission.begin("other")).isTrue();
        }
        assertThat(admission.begin("third")).isFalse();
        admission.end("silent");
        assertThat(admission.begin("third")).isTrue();
    }
}
