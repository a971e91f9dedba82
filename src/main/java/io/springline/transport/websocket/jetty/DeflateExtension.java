package io.springline.transport.websocket.jetty;

import io.springline.transport.websocket.WebSocketConnection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.http.QuotedCSV;
import org.eclipse.jetty.websocket.core.AbstractExtension;
import org.eclipse.jetty.websocket.core.ExtensionConfig;
import org.jspecify.annotations.Nullable;

/**
 * Negotiates permessage-deflate (RFC 7692), always without context takeover, and lets Jetty accept
 * the RSV1 bit of compressed messages. {@link JettySocket} and {@link WebSocketConnection} compress
 * and inflate whole messages. Jetty's own extension is not used: it compresses every message,
 * however short, and a broadcast once per connection.
 */
public final class DeflateExtension extends AbstractExtension {

    static final String NAME = "permessage-deflate";

    private static final String SERVER_NO_CONTEXT = "server_no_context_takeover";
    private static final String CLIENT_NO_CONTEXT = "client_no_context_takeover";
    private static final String SERVER_WINDOW = "server_max_window_bits";
    private static final String CLIENT_WINDOW = "client_max_window_bits";

    /** The only window size of the JDK's deflater. */
    private static final String WINDOW_BITS = "15";

    /** Called by Jetty. */
    public DeflateExtension() {}

    @Override
    public boolean isRsv1User() {
        return true;
    }

    @Override
    public String getName() {
        return NAME;
    }

    /**
     * Returns the answer to the first acceptable offer, or null if there is none.
     *
     * @param header the values of {@code Sec-WebSocket-Extensions}, whose syntax Jetty has checked
     */
    static @Nullable ExtensionConfig accept(List<String> header) {
        return new QuotedCSV(true, header.toArray(String[]::new))
                .getValues().stream()
                        .filter(DeflateExtension::isUnambiguous)
                        .map(ExtensionConfig::parse)
                        .filter(offer -> offer.getName().equals(NAME) && isPossible(offer))
                        .findFirst()
                        .map(DeflateExtension::answer)
                        .orElse(null);
    }

    /**
     * Returns false if a parameter occurs twice, which RFC 7692 forbids; Jetty would keep the last.
     */
    private static boolean isUnambiguous(String offer) {
        long parameters = offer.chars().filter(each -> each == ';').count();
        return ExtensionConfig.parse(offer).getParameters().size() == parameters;
    }

    private static boolean isPossible(ExtensionConfig offer) {
        return offer.getParameters().entrySet().stream()
                .allMatch(each -> isPossible(each.getKey(), each.getValue()));
    }

    private static boolean isPossible(String parameter, @Nullable String value) {
        return switch (parameter) {
            case SERVER_NO_CONTEXT, CLIENT_NO_CONTEXT -> value == null;
            case SERVER_WINDOW -> WINDOW_BITS.equals(value);
            case CLIENT_WINDOW -> value == null || value.matches("[89]|1[0-5]");
            default -> false;
        };
    }

    private static ExtensionConfig answer(ExtensionConfig offer) {
        Map<String, @Nullable String> parameters = new HashMap<>();
        parameters.put(SERVER_NO_CONTEXT, null);
        parameters.put(CLIENT_NO_CONTEXT, null);
        if (offer.getParameters().containsKey(SERVER_WINDOW)) {
            parameters.put(SERVER_WINDOW, WINDOW_BITS);
        }
        return new ExtensionConfig(NAME, parameters);
    }
}
