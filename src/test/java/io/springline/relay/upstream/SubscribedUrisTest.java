package io.springline.relay.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.springline.feature.endpoint.ResourceSubscriber;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.session.Caller;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SubscribedUrisTest {

    private final SubscribedUris subscribed = new SubscribedUris("files");

    /** Counts how often it is asked. */
    private static final class Session implements ResourceSubscriber {
        private final String id;
        private final Set<String> uris = new HashSet<>();
        private int reads;

        Session(String id) {
            this.id = id;
        }

        @Override
        public String sessionId() {
            return id;
        }

        @Override
        public Caller caller() {
            return new Caller("ada", Set.of(), null);
        }

        @Override
        public boolean isSubscribed(String uri) {
            reads++;
            return uris.contains(uri);
        }
    }

    private boolean subscribe(Session session, String uri) {
        session.uris.add(uri);
        return subscribed.change(session, List.of(uri));
    }

    @Test
    void readsEachUriOnceHoweverManyTheSessionHas() {
        var session = new Session("1");
        for (int i = 0; i < 1024; i++) {
            assertThat(subscribe(session, "a://" + i)).isTrue();
        }
        assertThat(session.reads).isEqualTo(1024);
        assertThat(subscribed.of("1")).hasSize(1024);
    }

    @Test
    void changesTheUnionWithTheFirstAndTheLastSubscriptionOfAUri() {
        var first = new Session("1");
        var second = new Session("2");
        assertThat(subscribe(first, "a://b")).isTrue();
        assertThat(subscribe(first, "a://b")).isFalse();
        assertThat(subscribe(second, "a://b")).isFalse();
        assertThat(subscribed.all()).containsExactly("a://b");

        first.uris.clear();
        assertThat(subscribed.change(first, List.of("a://b", "a://c"))).isFalse();
        assertThat(subscribed.of("1")).isEmpty();
        assertThat(subscribed.end("1")).isFalse();
        assertThat(subscribed.end("2")).isTrue();
        assertThat(subscribed.all()).isEmpty();
    }

    @Test
    void countsTheSubscriptionsOfAPrincipalOverItsSessions() {
        var first = new Session("1");
        var second = new Session("2");
        Set<String> all =
                IntStream.range(0, SubscribedUris.MAX_URIS_PER_PRINCIPAL)
                        .mapToObj(i -> "a://" + i)
                        .collect(Collectors.toSet());
        first.uris.addAll(all);
        subscribed.change(first, all);
        assertThatExceptionOfType(JsonRpcException.class)
                .isThrownBy(() -> subscribe(second, "a://more"))
                .withMessageContaining("for one principal");
        assertThat(subscribed.of("2")).isEmpty();

        first.uris.remove("a://0");
        subscribed.change(first, List.of("a://0"));
        assertThat(subscribe(second, "a://more")).isTrue();
        subscribed.end("1");
        subscribed.end("2");
        subscribed.change(first, all);
        assertThat(subscribed.all()).hasSize(all.size() - 1);
    }
}
