package io.springline.relay.stdio;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;

/**
 * The last lines of an upstream's standard error, kept across restarts. Control characters are
 * replaced, so that a line is safe for logs and terminals. Thread-safe.
 */
public final class StderrRing {

    static final int MAX_LINES = 100;

    /** The maximum length of a line, in characters; the rest is dropped. */
    static final int MAX_LINE_LENGTH = 1_000;

    private final ArrayDeque<String> lines = new ArrayDeque<>(MAX_LINES);

    synchronized void add(String line) {
        if (lines.size() == MAX_LINES) {
            lines.removeFirst();
        }
        lines.addLast(line.length() > MAX_LINE_LENGTH ? line.substring(0, MAX_LINE_LENGTH) : line);
    }

    /** Returns the current lines, oldest first. */
    public synchronized List<String> snapshot() {
        return List.copyOf(lines);
    }

    /** Reads lines until the stream ends or fails. */
    void fill(InputStream in) {
        var line = new StringBuilder();
        var buffer = new char[1024];
        try (var reader = new InputStreamReader(in, StandardCharsets.UTF_8)) {
            for (int n = reader.read(buffer); n >= 0; n = reader.read(buffer)) {
                for (int i = 0; i < n; i++) {
                    take(buffer[i], line);
                }
            }
        } catch (IOException e) {
            // the process has ended; the rest of its output is lost
        }
        if (!line.isEmpty()) {
            add(line.toString());
        }
    }

    private void take(char c, StringBuilder line) {
        if (c == '\n') {
            add(line.toString());
            line.setLength(0);
        } else if (c != '\r' && line.length() < MAX_LINE_LENGTH) {
            line.append(Character.isISOControl(c) && c != '\t' ? '\uFFFD' : c);
        }
    }
}
