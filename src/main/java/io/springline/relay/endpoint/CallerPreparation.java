package io.springline.relay.endpoint;

import io.springline.feature.RequestContext;
import io.springline.feature.SessionContext;
import io.springline.feature.endpoint.Features;
import io.springline.feature.endpoint.Preparations.Preparation;
import io.springline.relay.auth.UpstreamCredentials;
import io.springline.relay.upstream.Upstream;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connects the upstreams of an endpoint that are called on behalf of their callers.
 *
 * @param endpoint name of the endpoint
 * @param offered whether the endpoint offers anything of an upstream
 */
record CallerPreparation(
        String endpoint,
        Features features,
        Supplier<Collection<Upstream>> upstreams,
        Predicate<Upstream> offered)
        implements Preparation {

    /** The maximum number of upstreams that an error names. */
    private static final int MAX_NAMED = 5;

    private static final Logger log = LoggerFactory.getLogger(CallerPreparation.class);

    private List<Upstream> perCaller() {
        return upstreams.get().stream().filter(each -> each.credentials().isPerCaller()).toList();
    }

    @Override
    public boolean isNeeded() {
        return upstreams.get().stream().anyMatch(each -> each.credentials().isPerCaller());
    }

    @Override
    public void join(SessionContext session) {
        joinGroup(session);
        perCaller().forEach(each -> each.join(session));
    }

    private void joinGroup(SessionContext session) {
        features.joinGroup(
                session.sessionId(),
                UpstreamCredentials.key(session.caller()),
                session::onSessionEnd);
    }

    /** Connects all upstreams at the same time. */
    @Override
    public List<String> run(RequestContext context) throws InterruptedException {
        joinGroup(context);
        var reasons = new ConcurrentSkipListSet<String>();
        List<Upstream> all = perCaller();
        List<Thread> others =
                all.stream()
                        .skip(1)
                        .map(each ->
                                Thread.ofVirtual().start(() -> prepare(each, context, reasons)))
                        .toList();
        try {
            if (!all.isEmpty()) {
                all.getFirst().prepare(context).ifPresent(reasons::add);
            }
            for (Thread each : others) {
                each.join();
            }
        } catch (InterruptedException e) {
            others.forEach(Thread::interrupt);
            throw e;
        }
        return List.copyOf(reasons);
    }

    /** Returns the reasons of at most {@value #MAX_NAMED} upstreams. */
    @Override
    public List<String> unreachable(Predicate<String> usable) {
        return upstreams.get().stream()
                .filter(offered)
                .filter(each -> each.name().equals(endpoint) || usable.test(each.name()))
                .flatMap(each -> each.whyUnread().stream())
                .limit(MAX_NAMED)
                .toList();
    }

    private static void prepare(Upstream upstream, RequestContext context, Set<String> reasons) {
        try {
            upstream.prepare(context).ifPresent(reasons::add);
        } catch (InterruptedException e) {
            log.debug("Upstream '{}': preparing was interrupted", upstream.name());
        }
    }
}
