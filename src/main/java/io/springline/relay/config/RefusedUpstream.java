package io.springline.relay.config;

/**
 * An entry of a configuration file that cannot be used; the other entries are served.
 *
 * @param name as in the file
 * @param reason names the file, the entry and the fault; never contains a value
 */
public record RefusedUpstream(String name, String reason) {

    public RefusedUpstream {
        name = printable(name, 64);
        reason = printable(reason, 400);
    }

    /** Returns the text on one line, cut to {@code length} characters. */
    private static String printable(String text, int length) {
        String line = text.replaceAll("[\\p{C}\\s]+", " ").strip();
        return line.length() > length ? line.substring(0, length) + "…" : line;
    }
}
