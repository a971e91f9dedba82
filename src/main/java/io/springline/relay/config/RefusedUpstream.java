package io.springline.relay.config;

/**
 * An entry of a configuration file that is left out, while the others are served.
 *
 * @param name as the file has it
 * @param reason names the file, the entry and what is wrong; never a value
 */
public record RefusedUpstream(String name, String reason) {

    public RefusedUpstream {
        name = printable(name, 64);
        reason = printable(reason, 400);
    }

    /** On one line, and not for ever. */
    private static String printable(String text, int length) {
        String line = text.replaceAll("[\\p{C}\\s]+", " ").strip();
        return line.length() > length ? line.substring(0, length) + "…" : line;
    }
}
