package io.springline.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.session.Caller;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TicketsTest {

    private static final Caller ADA = new Caller("ada", Set.of("admin"), null);
    private static final Caller BOB = new Caller("bob", Set.of(), null);

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final Tickets tickets = new Tickets(true, Duration.ofSeconds(30), 150, () -> now);

    @Test
    void isGoodOnceAndGivesBackWhoItWasMadeFor() {
        String ticket = tickets.issue(ADA, null).orElseThrow();
        assertThat(tickets.redeem(ticket, null)).hasValue(ADA);
        assertThat(tickets.redeem(ticket, null)).isEmpty();
    }

    @Test
    void endsWithItsLifetime() {
        String ticket = tickets.issue(ADA, null).orElseThrow();
        now = now.plusSeconds(30);
        assertThat(tickets.redeem(ticket, null)).isEmpty();
    }

    @Test
    void isBoundToItsOriginAndUsedUpByAnother() {
        String ticket = tickets.issue(ADA, "https://a.example").orElseThrow();
        assertThat(tickets.redeem(ticket, "https://b.example")).isEmpty();
        assertThat(tickets.redeem(ticket, "https://a.example")).isEmpty();
    }

    @Test
    void areBoundedForOnePrincipalAndAltogetherUntilTheyEnd() {
        var given = new HashSet<String>();
        for (int i = 0; i < Tickets.LIMIT_PER_PRINCIPAL; i++) {
            given.add(tickets.issue(ADA, null).orElseThrow());
        }
        assertThat(given).hasSize(Tickets.LIMIT_PER_PRINCIPAL);
        assertThat(tickets.issue(ADA, null)).isEmpty();
        for (int i = 0; i < 50; i++) {
            assertThat(tickets.issue(BOB, null)).isPresent();
        }
        assertThat(tickets.issue(BOB, null)).isEmpty();
        now = now.plusSeconds(30);
        assertThat(tickets.issue(ADA, null)).isPresent();
    }

    @Test
    void noneIsGivenOutWhereTheyAreOff() {
        var off = new Tickets(false, Duration.ofSeconds(30), 150, () -> now);
        assertThat(off.issue(ADA, null)).isEmpty();
    }
}
