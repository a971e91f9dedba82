package io.springline.resume.connection;

import io.springline.resume.store.SessionLease;
import io.springline.session.Outbound;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** A lease that records what is written to the store. */
final class TestLease {

    private TestLease() {}

    static SessionLease of(long fence, long before) {
        return of(fence, before, _ -> {});
    }

    /**
     * @param writes receives the name of each called method with its arguments, messages left out
     */
    static SessionLease of(long fence, long before, Consumer<String> writes) {
        return (SessionLease)
                Proxy.newProxyInstance(
                        SessionLease.class.getClassLoader(),
                        new Class<?>[] {SessionLease.class},
                        (_, method, arguments) ->
                                switch (method.getName()) {
                                    case "fence" -> fence;
                                    case "before" -> before;
                                    default -> write(method, arguments, writes);
                                });
    }

    private static Object write(Method method, Object[] arguments, Consumer<String> writes) {
        List<?> plain =
                arguments == null
                        ? List.of()
                        : Arrays.stream(arguments).filter(each -> !isMessage(each)).toList();
        writes.accept(method.getName() + plain);
        if (method.getReturnType() == boolean.class) {
            return true;
        }
        return method.getReturnType() == SessionLease.Written.class
                ? SessionLease.Written.of(SessionLease.Outcome.KEPT)
                : null;
    }

    private static boolean isMessage(Object argument) {
        return argument instanceof Outbound;
    }
}
