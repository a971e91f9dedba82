package io.springline.session;

import java.util.Locale;

/** The transport over which a client is connected. */
public enum Transport {
    WEBSOCKET,
    HTTP;

    /** Returns the name in meters, logs and lists of connections. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
