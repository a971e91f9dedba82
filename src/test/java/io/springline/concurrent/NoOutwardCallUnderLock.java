package io.springline.concurrent;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails each test of this process in which an outward call was made under a {@link StateLock}, or a
 * {@link SharedThread} waited: the assertion itself may end up in a handler, a log or a thread that
 * nobody looks at. Registered for all tests by {@code META-INF/services}.
 */
public final class NoOutwardCallUnderLock implements BeforeEachCallback, AfterEachCallback {

    static {
        // Wherever tests run; before the first of these classes is initialised.
        ClassLoader.getSystemClassLoader().setPackageAssertionStatus("io.springline", true);
    }

    private static final ExtensionContext.Namespace STORE =
            ExtensionContext.Namespace.create(NoOutwardCallUnderLock.class);

    @Override
    public void beforeEach(ExtensionContext test) {
        test.getStore(STORE).put("before", violations());
    }

    @Override
    public void afterEach(ExtensionContext test) {
        int before = test.getStore(STORE).getOrDefault("before", Integer.class, 0);
        int now = violations();
        if (now > before) {
            throw new AssertionError(
                    "%d outward calls under a StateLock, or waits of a SharedThread: see the log"
                            .formatted(now - before));
        }
    }

    private static int violations() {
        return StateLock.violations() + SharedThread.violations();
    }
}
