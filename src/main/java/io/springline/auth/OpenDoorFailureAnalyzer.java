package io.springline.auth;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says what to do about {@link OpenDoorException}. */
final class OpenDoorFailureAnalyzer extends AbstractFailureAnalyzer<OpenDoorException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, OpenDoorException cause) {
        return new FailureAnalysis(
                cause.getMessage(),
                "Configure springline.auth.tokens or spring.security.oauth2.resourceserver.jwt.*,"
                        + " or remove server.address to listen on loopback only,"
                        + " or set springline.auth.allow-anonymous=true to let everybody in.",
                cause);
    }
}
