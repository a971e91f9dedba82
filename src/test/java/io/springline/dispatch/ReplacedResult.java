package io.springline.dispatch;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.function.UnaryOperator;

/** A proxy that replaces the result of one method. */
final class ReplacedResult {

    private ReplacedResult() {}

    static <T> T of(Class<T> type, Object real, String method, UnaryOperator<Object> changed) {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (_, called, arguments) -> {
                            try {
                                Object result = called.invoke(real, arguments);
                                return called.getName().equals(method)
                                        ? changed.apply(result)
                                        : result;
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        }));
    }
}
