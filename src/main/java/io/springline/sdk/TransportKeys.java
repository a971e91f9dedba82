package io.springline.sdk;

/**
 * Keys of the {@code McpTransportContext} that handlers get:
 *
 * <pre>{@code
 * Caller caller = (Caller) transport.get(TransportKeys.CALLER);
 * }</pre>
 */
public final class TransportKeys {

    /** The {@link io.springline.session.Caller} of the request, a {@code Principal}; never null. */
    public static final String CALLER = "io.springline/caller";

    private TransportKeys() {}
}
