package io.springline.relay.call;

/** Whether a call may be sent to the upstream again if the connection ends during it. */
public enum Repeat {
    ALLOWED,
    FORBIDDEN;

    public static Repeat allowedIf(boolean harmless) {
        return harmless ? ALLOWED : FORBIDDEN;
    }
}
