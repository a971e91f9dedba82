package io.springline.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.resume.store.SessionLease.Outcome;
import io.springline.resume.store.SessionStore.Binding;
import io.springline.resume.store.StoredSession;
import io.springline.session.SessionState;
import io.springline.testing.RedisServer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class FrozenRedisIT {

    @RegisterExtension static final RedisServer REDIS = new RedisServer();

    /** Otherwise its client, coming back to another node at once, would find that it is unknown. */
    @Test
    void aSessionIsNotOpenUntilOtherNodesCanClaimItOrRedisIsTakenToBeAway() throws Exception {
        try (var node = TestNode.start(1, RedisServer.arguments(REDIS.port())).getFirst()) {
            var store = node.store();
            REDIS.freeze();
            var session = StoredSession.opened("digest", SessionState.NEW);
            var opened = store.open(new Binding("id", "alice", "", "epoch"), session);
            assertThat(opened.outcome()).isEqualTo(Outcome.ALONE);
            assertThat(store.isShared()).isFalse();
            assertThat(opened.lease().tokens(List.of("digest")).await()).isEqualTo(Outcome.ALONE);
        }
    }
}
