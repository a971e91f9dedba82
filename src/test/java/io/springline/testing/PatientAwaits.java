package io.springline.testing;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Lets every {@code await()} wait as long as an {@link McpPeer}, for a minute in place of ten
 * seconds: on a busy machine a start or a process can take that long. Registered for all tests by
 * {@code META-INF/services}.
 */
public final class PatientAwaits implements BeforeAllCallback {

    @Override
    public void beforeAll(ExtensionContext tests) {
        Awaitility.setDefaultTimeout(Duration.ofMillis(McpPeer.PATIENCE_MILLIS));
    }
}
