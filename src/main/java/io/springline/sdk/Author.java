package io.springline.sdk;

import com.google.re2j.Pattern;
import io.modelcontextprotocol.spec.McpError;
import java.security.CodeSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who wrote a handler, and so knows what its failures may tell a peer: everybody whose code lies in
 * the same place, a jar or a directory.
 *
 * @param type a class of the author's
 * @param annotated whether the handler is an annotated method, called by Spring AI
 */
record Author(Class<?> type, boolean annotated) {

    /** What the virtual machine throws by itself: nobody chose these words. */
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
     * The message of {@code thrown} when the author chose it for others to read: thrown by the
     * author's own code, not passed on from a library, a driver or the virtual machine, and without
     * the name of a class. An {@link McpError} is meant for others by its nature. Null otherwise.
     */
    @Nullable String wordsOf(Throwable thrown) {
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
