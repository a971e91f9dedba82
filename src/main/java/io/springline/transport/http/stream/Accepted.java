package io.springline.transport.http.stream;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.Locale;

/**
 * The response types that a client accepts, from its {@code Accept} headers.
 *
 * @param json true if {@code application/json} is accepted
 * @param events true if {@code text/event-stream} is accepted
 */
public record Accepted(boolean json, boolean events) {

    public static final String JSON = "application/json";
    static final String EVENT_STREAM = "text/event-stream";

    /** Returns what the request accepts. Without the header, both are accepted. */
    public static Accepted of(HttpServletRequest request) {
        var headers = Collections.list(request.getHeaders("Accept"));
        if (headers.isEmpty()) {
            return new Accepted(true, true);
        }
        boolean json = false;
        boolean events = false;
        for (String range : String.join(",", headers).toLowerCase(Locale.ROOT).split(",")) {
            String[] parts = range.split(";", -1);
            if (isExcluded(parts)) {
                continue;
            }
            switch (parts[0].strip()) {
                case JSON, "application/*" -> json = true;
                case EVENT_STREAM, "text/*" -> events = true;
                case "*/*" -> {
                    json = true;
                    events = true;
                }
                default -> {}
            }
        }
        return new Accepted(json, events);
    }

    private static boolean isExcluded(String[] parts) {
        for (int i = 1; i < parts.length; i++) {
            if (parts[i].strip().matches("q\\s*=\\s*0(\\.0*)?")) {
                return true;
            }
        }
        return false;
    }

    public boolean isNothing() {
        return !json && !events;
    }
}
