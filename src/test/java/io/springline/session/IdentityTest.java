package io.springline.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.session.Identity.Change;
import io.springline.session.limit.ProcessorShare;
import io.springline.session.limit.ProcessorShares;
import io.springline.session.limit.UnreadMemory;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdentityTest {

    private static final Instant EXPIRY = Instant.parse("2030-01-01T00:00:00Z");
    private static final Caller ADA = new Caller("ada", Set.of("reader"), EXPIRY);

    private static ProcessorShare share(Caller caller) {
        return ProcessorShares.unlimited().of(caller.clientAt(""));
    }

    @Test
    void isRenewedForTheSamePrincipalAlone() {
        var identity = new Identity(ADA);
        var newer = new Caller("ada", Set.of("admin"), EXPIRY.plusSeconds(60));
        assertThat(identity.present(newer)).isEqualTo(Change.RENEWED);
        assertThat(identity.caller()).isEqualTo(newer);
        assertThat(identity.present(new Caller("bob", Set.of("admin"), null)))
                .isEqualTo(Change.OTHER_PRINCIPAL);
        assertThat(identity.caller()).isEqualTo(newer);
    }

    @Test
    void isFoundOutOnceAndOnlyWhereThereIsRoom() {
        var full =
                new Identity(
                        Caller.UNIDENTIFIED,
                        _ -> false,
                        IdentityTest::share,
                        UnreadMemory.unlimited());
        assertThat(full.present(ADA)).isEqualTo(Change.NO_ROOM);
        assertThat(full.caller().isUnidentified()).isTrue();
        var identity =
                new Identity(
                        Caller.UNIDENTIFIED,
                        ADA::equals,
                        IdentityTest::share,
                        UnreadMemory.unlimited());
        assertThat(identity.present(ADA)).isEqualTo(Change.IDENTIFIED);
        assertThat(identity.caller()).isEqualTo(ADA);
        assertThat(new Identity(Caller.UNIDENTIFIED).present(ADA)).isEqualTo(Change.IDENTIFIED);
    }

    @Test
    void warnsOnceOfEachExpiry() {
        var identity = new Identity(ADA);
        Duration ahead = Duration.ofSeconds(30);
        assertThat(identity.markWarned(EXPIRY.minusSeconds(31), ahead)).isFalse();
        assertThat(identity.markWarned(EXPIRY.minusSeconds(30), ahead)).isTrue();
        assertThat(identity.markWarned(EXPIRY, ahead)).isFalse();
        Instant later = EXPIRY.plusSeconds(60);
        identity.present(new Caller("ada", Set.of(), later));
        assertThat(identity.markWarned(later, ahead)).isTrue();
        identity.present(new Caller("ada", Set.of(), null));
        assertThat(identity.markWarned(later, ahead)).isFalse();
    }

    @Test
    void expires() {
        Instant now = Instant.now();
        assertThat(new Identity(new Caller("ada", Set.of(), now)).isExpired()).isTrue();
        assertThat(new Identity(new Caller("ada", Set.of(), now.plusSeconds(600))).isExpired())
                .isFalse();
        assertThat(new Identity(new Caller("ada", Set.of(), null)).isExpired()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"'',true", "' ',true", "anonymous,true", "unidentified,true", "ada,false"})
    void noPrincipalHasTheNameOfNobody(String name, boolean isReserved) {
        assertThat(Caller.isReserved(name)).isEqualTo(isReserved);
    }

    /** Whoever calls himself so with roles of his own is somebody. */
    @Test
    void nobodyHasNoRoles() {
        assertThat(Caller.ANONYMOUS.isAnonymous()).isTrue();
        assertThat(Caller.ANONYMOUS.isUnidentified()).isFalse();
        assertThat(new Caller("anonymous", Set.of("admin"), null).isAnonymous()).isFalse();
        assertThat(ADA.isAnonymous()).isFalse();
        assertThat(ADA.isUnidentified()).isFalse();
        assertThat(ADA.getName()).isEqualTo("ada");
    }
}
