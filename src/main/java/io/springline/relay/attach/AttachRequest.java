package io.springline.relay.attach;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a server said with its handshake.
 *
 * @param name upstream name that it asked for; null if it did not
 * @param instance identifies the server process over its reconnects; null if it does not say
 * @param resumable whether it opens a session that it resumes after the connection broke
 * @param address for operators
 */
record AttachRequest(
        AttachCredential credential,
        @Nullable String name,
        @Nullable String instance,
        boolean resumable,
        String address) {

    private static final String ATTRIBUTE = AttachRequest.class.getName();

    void store(Map<String, Object> attributes) {
        attributes.put(ATTRIBUTE, this);
    }

    static AttachRequest of(Map<String, Object> attributes) {
        if (attributes.get(ATTRIBUTE) instanceof AttachRequest request) {
            return request;
        }
        throw new IllegalStateException("a connection without an attach request");
    }
}
