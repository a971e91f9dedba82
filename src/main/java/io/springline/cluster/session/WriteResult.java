package io.springline.cluster.session;

import io.springline.jsonrpc.DurationText;
import io.springline.resume.store.SessionLease.Outcome;
import io.springline.resume.store.SessionLease.Written;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/**
 * What has become of a queued write. If Redis does not answer a command within the patience, it
 * counts as unreachable. A write may wait longer, behind earlier writes of its session.
 */
record WriteResult(RedisSessionStore store, RedisLease lease, CompletableFuture<Outcome> done)
        implements Written {

    @Override
    public Outcome await() throws InterruptedException {
        Duration left = store.patience();
        while (left.isPositive()) {
            try {
                return store.runtime().await(done, left);
            } catch (TimeoutException e) {
                left = store.patience().minus(lease.unanswered());
            } catch (ExecutionException e) {
                return Outcome.ALONE;
            }
        }
        store.away("no answer within " + DurationText.of(store.patience()));
        return Outcome.ALONE;
    }

    @Override
    public boolean isKept() {
        return done.getNow(Outcome.ALONE) == Outcome.KEPT;
    }
}
