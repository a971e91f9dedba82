package io.springline.transport.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.session.Caller;
import io.springline.transport.TransportStatistics.Rejection;
import io.springline.transport.handshake.ConnectionLimits.Admitted;
import io.springline.transport.handshake.ConnectionLimits.Refused;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ConnectionLimitsTest {

    private static final Caller ADA = new Caller("ada", Set.of(), null);

    private final ConnectionLimits limits = new ConnectionLimits(10, 1, 10, 1, 1);

    private ConnectionPermit admitted(Caller caller) {
        return ((Admitted) limits.admit(caller, "a")).permit();
    }

    @Test
    void releasesTheUnauthenticatedPlaceAfterAuthentication() {
        ConnectionPermit permit = admitted(Caller.UNIDENTIFIED);
        assertThat(limits.admit(Caller.UNIDENTIFIED, "a"))
                .isEqualTo(new Refused(Rejection.UNAUTHENTICATED_LIMIT));
        assertThat(permit.identify(ADA)).isTrue();
        assertThat(admitted(Caller.UNIDENTIFIED).identify(ADA)).isFalse();
        assertThat(limits.admit(ADA, "a")).isEqualTo(new Refused(Rejection.PRINCIPAL_LIMIT));
        permit.release();
        assertThat(limits.admit(ADA, "a")).isInstanceOf(Admitted.class);
    }

    @Test
    void limitsUnauthenticatedConnectionsPerAddress() {
        var shared = new ConnectionLimits(10, 1, 10, 3, 2);
        var first = (Admitted) shared.admit(Caller.UNIDENTIFIED, "a");
        assertThat(shared.admit(Caller.UNIDENTIFIED, "a")).isInstanceOf(Admitted.class);
        assertThat(shared.admit(Caller.UNIDENTIFIED, "a"))
                .isEqualTo(new Refused(Rejection.ADDRESS_LIMIT));
        assertThat(shared.admit(Caller.UNIDENTIFIED, "b")).isInstanceOf(Admitted.class);
        assertThat(shared.admit(Caller.UNIDENTIFIED, "b"))
                .isEqualTo(new Refused(Rejection.UNAUTHENTICATED_LIMIT));
        assertThat(first.permit().identify(ADA)).isTrue();
        assertThat(shared.admit(Caller.UNIDENTIFIED, "a")).isInstanceOf(Admitted.class);
    }

    @Test
    void identifiesNoReleasedPermit() {
        ConnectionPermit permit = admitted(Caller.UNIDENTIFIED);
        permit.release();
        assertThat(permit.identify(ADA)).isFalse();
        assertThat(limits.admit(ADA, "a")).isInstanceOf(Admitted.class);
        assertThat(limits.admit(Caller.UNIDENTIFIED, "a")).isInstanceOf(Admitted.class);
    }
}
