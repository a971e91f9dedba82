package io.springline.mcp;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The levels of {@code notifications/message}, least severe first (names of RFC 5424). */
public enum LogLevel {
    DEBUG,
    INFO,
    NOTICE,
    WARNING,
    ERROR,
    CRITICAL,
    ALERT,
    EMERGENCY;

    private final String wireName = name().toLowerCase(Locale.ROOT);

    public String wireName() {
        return wireName;
    }

    public boolean isAtLeast(LogLevel threshold) {
        return compareTo(threshold) >= 0;
    }

    public static Optional<LogLevel> of(String wireName) {
        return Arrays.stream(values()).filter(l -> l.wireName.equals(wireName)).findFirst();
    }

    /** Returns all names, for error messages. */
    public static String allowed() {
        return String.join(", ", Arrays.stream(values()).map(LogLevel::wireName).toList());
    }
}
