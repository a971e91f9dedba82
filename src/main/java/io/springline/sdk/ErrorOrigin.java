package io.springline.sdk;

import com.google.re2j.Pattern;
import io.modelcontextprotocol.spec.McpError;
import java.security.CodeSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The origin of a handler's exceptions, which decides whether a message may be sent to the client.
 *
 * <p>The message of an {@link McpError} may be sent, and the message of an exception that was
 * thrown by code in the same jar or directory as the handler. Messages of libraries, drivers and
 * the virtual machine may contain secrets and are not sent.
 *
 * @param type the class of the handler
 * @param annotated whether the handler is an annotated method, called by Spring AI
 */
record ErrorOrigin(Class<?> type, boolean annotated) {

    /**
     * Failures whose messages are never sent: errors, and exceptions that the virtual machine
     * raises.
     */
    private static final List<Class<? extends Throwable>> FAULTS =
            List.of(
                    Error.class,
                    ArithmeticException.class,
                    ArrayStoreException.class,
                    ClassCastException.class,
                    IndexOutOfBoundsException.class,
                    NegativeArraySizeException.class,
                    NullPointerException.class);

    private static final Pattern CLASS_NAME =
            Pattern.compile("\\b[a-z]\\w*(\\.[a-z]\\w*)+\\.[A-Z]\\w*");

    /**
     * Returns the message if it may be sent to the client; null otherwise. A message that contains
     * a class name is not sent.
     */
    @Nullable String publicMessage(Throwable thrown) {
        String message = thrown.getMessage();
        boolean chosen =
                message != null
                        && !message.isBlank()
                        && FAULTS.stream().noneMatch(fault -> fault.isInstance(thrown))
                        && !CLASS_NAME.matcher(message).find()
                        && (thrown instanceof McpError || isOwn(thrown));
        return chosen ? message : null;
    }

    private boolean isOwn(Throwable thrown) {
        StackTraceElement[] trace = thrown.getStackTrace();
        try {
            Class<?> thrower =
                    trace.length == 0
                            ? thrown.getClass()
                            : Class.forName(trace[0].getClassName(), false, type.getClassLoader());
            String place = place(type);
            return place != null && place.equals(place(thrower));
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    private static @Nullable String place(Class<?> type) {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        return source == null || source.getLocation() == null
                ? null
                : source.getLocation().toExternalForm();
    }
}
