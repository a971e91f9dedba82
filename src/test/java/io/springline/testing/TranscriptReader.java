package io.springline.testing;

import io.springline.testing.Transcript.Section;
import io.springline.testing.TranscriptStep.Closed;
import io.springline.testing.TranscriptStep.Cut;
import io.springline.testing.TranscriptStep.Expect;
import io.springline.testing.TranscriptStep.HangUp;
import io.springline.testing.TranscriptStep.Nothing;
import io.springline.testing.TranscriptStep.Running;
import io.springline.testing.TranscriptStep.Send;
import io.springline.testing.TranscriptStep.Settled;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the format that {@code transcripts/README.md} describes. */
final class TranscriptReader {

    private static final Pattern STEP = Pattern.compile("([2-9])?(>|<\\*|<|!)(?: (.*))?");
    private static final Pattern INIT = Pattern.compile("([2-9])?INIT\\(([^,]+),\\s*(.*)\\)");
    private static final Pattern MODERN = Pattern.compile("(?<![A-Za-z0-9])M\\{");

    private record Line(int number, String text) {}

    private final String file;
    private final List<String> properties = new ArrayList<>();
    private final List<Section> sections = new ArrayList<>();
    private List<TranscriptStep> steps = new ArrayList<>();
    private String title = "";
    private int titleLine = 1;
    private boolean unordered;

    private TranscriptReader(String file) {
        this.file = file;
    }

    static Transcript read(String file, List<String> lines) {
        var reader = new TranscriptReader(file);
        joined(lines).forEach(reader::take);
        reader.endSection();
        return new Transcript(file, List.copyOf(reader.properties), List.copyOf(reader.sections));
    }

    /** Indented lines continue the one before; prose and blank lines go. */
    private static List<Line> joined(List<String> lines) {
        var joined = new ArrayList<Line>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            if (Character.isWhitespace(line.charAt(0)) && !joined.isEmpty()) {
                Line start = joined.removeLast();
                joined.add(new Line(start.number(), start.text() + " " + line.strip()));
            } else {
                joined.add(new Line(i + 1, line.stripTrailing()));
            }
        }
        return joined;
    }

    private void take(Line line) {
        String text = line.text();
        if (text.startsWith("@ ")) {
            properties.add(text.substring(2).strip());
            return;
        }
        if (text.startsWith("== ")) {
            endSection();
            title = text.substring(3).strip();
            titleLine = line.number();
            return;
        }
        Matcher init = INIT.matcher(text);
        if (init.matches()) {
            handshake(line.number(), client(init.group(1)), init.group(2), init.group(3));
            return;
        }
        Matcher step = STEP.matcher(text);
        if (!step.matches()) {
            throw wrong(line);
        }
        String rest = step.group(3) == null ? "" : step.group(3);
        step(line, client(step.group(1)), step.group(2), rest);
    }

    private void step(Line line, int client, String kind, String rest) {
        boolean joins = unordered && kind.equals("<*");
        unordered = kind.equals("<*");
        switch (kind) {
            case ">" -> steps.add(new Send(line.number(), client, expanded(rest)));
            case "<" -> steps.add(new Expect(line.number(), client, List.of(expanded(rest))));
            case "<*" -> {
                if (joins
                        && steps.getLast() instanceof Expect(var first, var same, var patterns)
                        && same == client) {
                    var more = new ArrayList<>(patterns);
                    more.add(expanded(rest));
                    steps.removeLast();
                    steps.add(new Expect(first, client, more));
                } else {
                    steps.add(new Expect(line.number(), client, List.of(expanded(rest))));
                }
            }
            default -> steps.add(check(line, client, rest));
        }
    }

    private TranscriptStep check(Line line, int client, String rest) {
        if (rest.equals("nothing")) {
            return new Nothing(line.number(), client);
        }
        if (rest.startsWith("running ")) {
            return new Running(line.number(), rest.substring("running ".length()));
        }
        if (rest.equals("hang up")) {
            return new HangUp(line.number(), client);
        }
        if (rest.equals("cut")) {
            return new Cut(line.number(), client);
        }
        if (rest.matches("closed [0-9]{4}")) {
            return new Closed(line.number(), client, Integer.parseInt(rest.substring(7)));
        }
        throw wrong(line);
    }

    private void handshake(int line, int client, String version, String capabilities) {
        unordered = false;
        steps.add(
                new Send(
                        line,
                        client,
                        """
                        {"jsonrpc":"2.0","id":"init","method":"initialize","params":{\
                        "protocolVersion":"%s","capabilities":%s,\
                        "clientInfo":{"name":"test","version":"1"}}}\
                        """
                                .formatted(version.strip(), capabilities)));
        steps.add(
                new Expect(
                        line,
                        client,
                        List.of(
                                """
                                {"jsonrpc":"2.0","id":"init","result":{"protocolVersion":"%s","…":"…"}}\
                                """
                                        .formatted(version.strip()))));
        steps.add(
                new Send(
                        line,
                        client,
                        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}"));
        steps.add(new Settled(line, client));
    }

    private void endSection() {
        unordered = false;
        if (!steps.isEmpty()) {
            sections.add(new Section(file, titleLine, title, List.copyOf(steps)));
            steps = new ArrayList<>();
        }
    }

    private IllegalArgumentException wrong(Line line) {
        return new IllegalArgumentException(
                "%s:%d: not a transcript line: %s".formatted(file, line.number(), line.text()));
    }

    private static int client(String digit) {
        return digit == null ? 1 : Integer.parseInt(digit);
    }

    /** {@code M{capabilities}+{more keys}} becomes a member, {@code "mcp:} the long prefix. */
    private static String expanded(String text) {
        String rest = text.replace("\"mcp:", "\"io.modelcontextprotocol/");
        var expanded = new StringBuilder();
        Matcher macro = MODERN.matcher(rest);
        int from = 0;
        while (macro.find(from)) {
            int end = objectEnd(rest, macro.end() - 1);
            String capabilities = rest.substring(macro.end() - 1, end);
            String more = "";
            if (rest.startsWith("+{", end)) {
                int moreEnd = objectEnd(rest, end + 1);
                more = "," + rest.substring(end + 2, moreEnd - 1);
                end = moreEnd;
            }
            String meta = McpPeer.meta(capabilities);
            expanded.append(rest, from, macro.start())
                    .append(meta, 0, meta.length() - 1)
                    .append(more)
                    .append('}');
            from = end;
        }
        return expanded.append(rest.substring(from)).toString();
    }

    private static int objectEnd(String text, int start) {
        int depth = 0;
        for (int i = start; i < text.length(); i++) {
            depth += text.charAt(i) == '{' ? 1 : text.charAt(i) == '}' ? -1 : 0;
            if (depth == 0) {
                return i + 1;
            }
        }
        throw new IllegalArgumentException("braces do not match: " + text);
    }
}
