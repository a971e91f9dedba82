package io.springline.resume;

import io.springline.resume.store.SessionStore;
import io.springline.session.SessionRegistry;
import io.springline.session.SessionRuntime;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** The resumable sessions of a node in a simulation, which decides when their time passes. */
public final class SimulatedSessions {

    private final SessionRegistry registry = new SessionRegistry();
    private final ResumableSessions sessions;

    public SimulatedSessions(
            SessionProperties properties,
            SessionStore store,
            Supplier<String> ids,
            LongSupplier nanoTime,
            Executor threads) {
        sessions =
                new ResumableSessions(
                        registry,
                        properties,
                        store,
                        new SessionRuntime() {
                            @Override
                            public long nanoTime() {
                                return nanoTime.getAsLong();
                            }

                            @Override
                            public String newSessionId() {
                                return ids.get();
                            }

                            @Override
                            public void execute(Runnable task) {
                                threads.execute(task);
                            }
                        });
    }

    public ResumableSessions sessions() {
        return sessions;
    }

    public SessionRegistry registry() {
        return registry;
    }

    public void sweep() {
        sessions.sweep();
    }

    public void lookElsewhere() {
        sessions.lookElsewhere();
    }

    public int count() {
        return sessions.count();
    }
}
