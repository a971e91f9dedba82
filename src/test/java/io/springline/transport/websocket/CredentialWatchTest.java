package io.springline.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.session.Caller;
import io.springline.session.Identity;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CredentialWatchTest {

    @Test
    void warnsOncePerCredential() {
        Instant now = Instant.now();
        Duration ahead = CredentialWatch.WARNING;
        var identity = new Identity(caller(now.plusSeconds(60)));
        assertThat(identity.markWarned(now, ahead)).isFalse();
        assertThat(identity.markWarned(now.plusSeconds(31), ahead)).isTrue();
        assertThat(identity.markWarned(now.plusSeconds(32), ahead)).isFalse();
        identity.present(caller(now.plusSeconds(120)));
        assertThat(identity.markWarned(now.plusSeconds(32), ahead)).isFalse();
        assertThat(identity.markWarned(now.plusSeconds(91), ahead)).isTrue();
    }

    private static Caller caller(Instant expiry) {
        return new Caller("ada", Set.of(), expiry);
    }
}
