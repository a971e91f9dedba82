package io.springline.cluster.session;

import io.springline.jsonrpc.DurationText;
import io.springline.resume.store.SessionLease.Outcome;
import io.springline.resume.store.SessionLease.Written;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/**
 * What has become of a queued write. If Redis does not answer within the patience, it counts as
 * unreachable.
 */
record WriteResult(RedisSessionStore store, CompletableFuture<Outcome> done) implements Written {

    @Override
    public Outcome await() throws InterruptedException {
        try {
            return store.runtime().await(done, store.patience());
        } catch (TimeoutException e) {
            store.away("no answer within " + DurationText.of(store.patience()));
            return Outcome.ALONE;
        } catch (ExecutionException e) {
            return Outcome.ALONE;
        }
    }

    @Override
    public boolean isKept() {
        return done.getNow(Outcome.ALONE) == Outcome.KEPT;
    }
}
