package io.springline.resume.connection;

import io.springline.resume.store.SessionLease;
import io.springline.resume.store.SessionLease.Outcome;
import io.springline.session.Outbound;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** A lease that records what is written to the store. */
public final class TestLease {

    private TestLease() {}

    public static SessionLease of(long fence, long before) {
        return of(fence, before, _ -> {});
    }

    /**
     * @param writes receives the name of each called method with its arguments, messages left out
     */
    public static SessionLease of(long fence, long before, Consumer<String> writes) {
        return of(fence, before, writes, Outcome.KEPT);
    }

    /** Returns a lease of a session that another node owns by now. */
    static SessionLease lost() {
        return of(1, 0, _ -> {}, Outcome.LOST);
    }

    private static SessionLease of(
            long fence, long before, Consumer<String> writes, Outcome outcome) {
        return (SessionLease)
                Proxy.newProxyInstance(
                        SessionLease.class.getClassLoader(),
                        new Class<?>[] {SessionLease.class},
                        (_, method, arguments) ->
                                switch (method.getName()) {
                                    case "fence" -> fence;
                                    case "before" -> before;
                                    default -> write(method, arguments, writes, outcome);
                                });
    }

    private static Object write(
            Method method, Object[] arguments, Consumer<String> writes, Outcome outcome) {
        List<?> plain =
                arguments == null
                        ? List.of()
                        : Arrays.stream(arguments).filter(each -> !isMessage(each)).toList();
        if (method.getName().equals("poll")) {
            ((Runnable) arguments[0]).run();
            return null;
        }
        writes.accept(method.getName() + plain);
        if (method.getReturnType() == boolean.class) {
            return !method.getName().equals("isLost") || outcome == Outcome.LOST;
        }
        return method.getReturnType() == SessionLease.Written.class
                ? SessionLease.Written.of(outcome)
                : null;
    }

    private static boolean isMessage(Object argument) {
        return argument instanceof Outbound || argument instanceof byte[];
    }
}
