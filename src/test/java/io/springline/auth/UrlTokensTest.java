package io.springline.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.auth.UrlTokens.State;
import io.springline.auth.token.TokenHash;
import io.springline.mcp.Topic;
import io.springline.session.Backplane;
import io.springline.session.LocalBackplane;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class UrlTokensTest {

    private static final Instant END = Instant.parse("2027-01-01T00:00:00Z");

    /** The nodes that hear of a question, and what they share; a node can be cut off. */
    private static final class Network {

        private final List<Node> nodes = new ArrayList<>();
        private final Set<String> stored = new HashSet<>();

        private final class Node implements Backplane {
            private final LocalBackplane here = new LocalBackplane();
            private boolean reachable = true;

            @Override
            public void publish(String endpoint, Topic topic) {}

            @Override
            public void publishHere(String endpoint, Topic topic) {}

            @Override
            public void subscribe(BiConsumer<String, Topic> subscriber) {}

            @Override
            public void answer(String question, UnaryOperator<String> answer) {
                here.answer(question, answer);
            }

            @Override
            public void remember(String set, String name) {
                if (reachable) {
                    stored.add(name);
                }
            }

            @Override
            public @Nullable Set<String> remembered(String set) {
                return reachable ? Set.copyOf(stored) : null;
            }

            @Override
            public List<String> ask(String question, String body) {
                return nodes.stream()
                        .filter(node -> node == this || node.reachable && reachable)
                        .flatMap(node -> node.here.ask(question, body).stream())
                        .toList();
            }
        }

        Node add() {
            var node = new Node();
            nodes.add(node);
            return node;
        }
    }

    private static UrlTokens tokens(Backplane backplane, Instant now) {
        return tokens(backplane, now, "secret");
    }

    private static UrlTokens tokens(Backplane backplane, Instant now, String secret) {
        return new UrlTokens(
                List.of(
                        new AuthProperties.UrlToken(
                                "device", "sha256:" + TokenHash.of(secret), Set.of("r"), END),
                        new AuthProperties.UrlToken(
                                "other", "sha256:" + TokenHash.of("else"), Set.of(), END)),
                backplane,
                InstantSource.fixed(now));
    }

    private static UrlTokens tokens(Backplane backplane) {
        return tokens(backplane, END.minusSeconds(1));
    }

    @Test
    void acceptsATokenUntilItsEnd() {
        var backplane = new LocalBackplane();
        assertThat(tokens(backplane).find("secret"))
                .hasValueSatisfying(caller -> {
                    assertThat(caller.name()).isEqualTo("device");
                    assertThat(caller.roles()).containsExactly("r");
                    assertThat(caller.expiresAt()).isEqualTo(END);
                });
        assertThat(tokens(backplane).find("Secret")).isEmpty();
        var ended = tokens(backplane, END);
        assertThat(ended.find("secret")).isEmpty();
        assertThat(ended.isConfigured("secret")).isTrue();
        assertThat(ended.all()).extracting(UrlTokens.View::state).containsOnly(State.EXPIRED);
    }

    @Test
    void revokesATokenOnAllNodes() throws Exception {
        var network = new Network();
        var here = tokens(network.add());
        var there = tokens(network.add());
        assertThat(here.revoke("nobody")).isFalse();
        assertThat(here.revoke("device")).isTrue();
        for (UrlTokens each : List.of(here, there)) {
            assertThat(each.find("secret")).isEmpty();
            assertThat(each.isRevoked("device")).isTrue();
            assertThat(each.find("else")).isPresent();
        }
    }

    @Test
    void learnsARevocationThatItMissedOrThatIsOlderThanTheNode() throws Exception {
        var network = new Network();
        var here = tokens(network.add());
        var cutOff = network.add();
        var away = tokens(cutOff);
        cutOff.reachable = false;
        here.revoke("device");
        assertThat(away.find("secret")).isPresent();
        cutOff.reachable = true;
        away.sync();
        assertThat(away.find("secret")).isEmpty();

        var late = tokens(network.add());
        late.revocations().start();
        assertThat(late.find("secret")).isEmpty();
        assertThat(late.find("else")).isPresent();
    }

    @Test
    void keepsARevocationOverTheEndOfAllNodes() throws Exception {
        var network = new Network();
        tokens(network.add()).revoke("device");
        network.nodes.clear();
        var restarted = tokens(network.add());
        restarted.revocations().start();
        assertThat(restarted.find("secret")).isEmpty();
    }

    @Test
    void storesARevocationOnceTheStoreCanBeReached() throws Exception {
        var network = new Network();
        var cutOff = network.add();
        var here = tokens(cutOff);
        cutOff.reachable = false;
        assertThat(here.revoke("device")).isTrue();
        assertThat(network.stored).isEmpty();
        cutOff.reachable = true;
        here.sync();
        var other = tokens(network.add());
        other.revocations().start();
        assertThat(other.find("secret")).isEmpty();
    }

    @Test
    void acceptsANewTokenUnderTheNameOfARevokedOne() throws Exception {
        var network = new Network();
        tokens(network.add()).revoke("device");
        var renewed = tokens(network.add(), END.minusSeconds(1), "renewed");
        renewed.revocations().start();
        assertThat(renewed.find("renewed")).isPresent();
        assertThat(String.join("", network.stored)).doesNotContain(TokenHash.of("secret"));
    }
}
