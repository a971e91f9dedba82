package io.springline.feature.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;

class ListingTest {

    private final Listing<String> listing =
            new Listing<>(
                    "Thing",
                    entry -> entry.substring(0, 1),
                    entry -> JsonNodeFactory.instance.objectNode().put("name", entry),
                    10);

    @Test
    void keepsTheOrderOfRegistration() {
        assertThat(listing.change(List.of(), List.of("b1", "a1"))).isTrue();
        assertThat(listing.change(List.of(), List.of("c1"))).isTrue();
        assertThat(listing.all()).containsExactly("b1", "a1", "c1");
        assertThat(listing.find("a")).isEqualTo("a1");
        assertThat(listing.find("x")).isNull();
    }

    @Test
    void replacesInOneChange() {
        listing.change(List.of(), List.of("a1", "b1"));
        assertThat(listing.change(List.of("a"), List.of("a2"))).isTrue();
        assertThat(listing.all()).containsExactly("b1", "a2");
        assertThat(listing.page(null, null, "").items()).hasSize(2);
    }

    @Test
    void returnsWhetherAnythingChanged() {
        assertThat(listing.change(List.of("x"), List.of())).isFalse();
        assertThat(listing.change(List.of(), List.of())).isFalse();
    }

    @Test
    void changesNothingWhenAKeyIsTaken() {
        listing.change(List.of(), List.of("a1", "b1"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> listing.change(List.of("b"), List.of("c1", "a2")))
                .withMessage("Thing 'a' is registered already: give one of them another name");
        assertThat(listing.all()).containsExactly("a1", "b1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> listing.change(List.of(), List.of("d1", "d2")));
        assertThat(listing.find("d")).isNull();
    }

    /**
     * A session may have lists of its own from one upstream, and those of its caller from another.
     */
    @Test
    void showsASessionItsOwnEntriesAndThoseOfItsGroup() {
        listing.change(List.of(), List.of("a1", "b1", "c1"));
        listing.join("session", "group");
        listing.offerToSessions(
                Map.of(
                        "session", new SessionOffer<>(Set.of("a"), List.of("d-own", "e-own")),
                        "group", new SessionOffer<>(Set.of("b"), List.of("e-group", "f-group"))));
        assertThat(listing.all("session"))
                .containsExactlyInAnyOrder("c1", "d-own", "e-group", "f-group");
        assertThat(listing.find("e", "session")).isEqualTo("e-group");
        assertThat(listing.find("a", "session")).isNull();
        assertThat(listing.find("b", "session")).isNull();
        assertThat(listing.all("other")).containsExactly("a1", "b1", "c1");
    }
}
