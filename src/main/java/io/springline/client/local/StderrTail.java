package io.springline.client.local;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;

/** Copies standard error of a child to that of this process, and keeps its end. Thread-safe. */
final class StderrTail {

    static final int MAX_LINES = 50;
    private static final int MAX_LINE_BYTES = 2_000;

    private final ArrayDeque<String> lines = new ArrayDeque<>();

    /** Reads to the end of the stream. */
    void copy(InputStream stderr) {
        try (stderr) {
            var reader = new BoundedLineReader(stderr, MAX_LINE_BYTES);
            for (var line = reader.next(); line != null; line = reader.next()) {
                String text =
                        line.tooLong()
                                ? "(a line of more than %d bytes)".formatted(MAX_LINE_BYTES)
                                : new String(line.content(), StandardCharsets.UTF_8)
                                        .stripTrailing();
                System.err.println(text);
                add(text);
            }
        } catch (IOException e) {
            add("(standard error ended: %s)".formatted(e.getMessage()));
        }
    }

    private synchronized void add(String line) {
        lines.addLast(line);
        if (lines.size() > MAX_LINES) {
            lines.removeFirst();
        }
    }

    synchronized List<String> lines() {
        return List.copyOf(lines);
    }
}
