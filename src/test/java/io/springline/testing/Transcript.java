package io.springline.testing;

import static org.assertj.core.api.Assertions.fail;

import io.springline.testing.TranscriptStep.Closed;
import io.springline.testing.TranscriptStep.Cut;
import io.springline.testing.TranscriptStep.Expect;
import io.springline.testing.TranscriptStep.HangUp;
import io.springline.testing.TranscriptStep.Nothing;
import io.springline.testing.TranscriptStep.Running;
import io.springline.testing.TranscriptStep.Send;
import io.springline.testing.TranscriptStep.Settled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * A conversation written down, to be held against a server: what the client sends, what the server
 * must send. {@code transcripts/README.md} describes the format. Does not care how a peer is
 * connected.
 *
 * @param name of the file
 * @param properties what the server must be configured with, as {@code key=value}
 */
public record Transcript(String name, List<String> properties, List<Section> sections) {

    /** One conversation on connections of its own. */
    public record Section(String file, int line, String title, List<TranscriptStep> steps) {

        /**
         * Plays the client.
         *
         * @param connect opens a connection; called again for a second client
         */
        public void run(Supplier<? extends McpPeer> connect) throws InterruptedException {
            var play = new Play(file, connect);
            try {
                for (TranscriptStep step : steps) {
                    play.take(step);
                }
                play.end(steps.getLast().line());
            } finally {
                play.close();
            }
        }
    }

    /** All transcripts, in the order of their names. */
    public static List<Transcript> all() {
        try (var files = Files.list(directory())) {
            return files.filter(file -> file.toString().endsWith(".txt"))
                    .sorted()
                    .map(Transcript::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path directory() {
        try {
            var found = Transcript.class.getResource("/transcripts");
            if (found == null) {
                throw new IllegalStateException("no transcripts on the class path");
            }
            return Path.of(found.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Transcript read(Path file) {
        try {
            return TranscriptReader.read(file.getFileName().toString(), Files.readAllLines(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One run of a section: its connections, and what has been captured so far. */
    private static final class Play {

        private static final Pattern QUOTED = Pattern.compile("\"\\$\\{(\\w+)}\"");
        private static final Pattern INSIDE = Pattern.compile("\\$\\{(\\w+)}");

        /** How long a message that must not come is waited for, beyond a marker's round trip. */
        private static final long SHORT_MILLIS = 25;

        private final String file;
        private final Supplier<? extends McpPeer> connect;
        private final Map<Integer, McpPeer> peers = new HashMap<>();
        private final Map<String, JsonNode> captures = new HashMap<>();
        private int markers;

        Play(String file, Supplier<? extends McpPeer> connect) {
            this.file = file;
            this.connect = connect;
        }

        void take(TranscriptStep step) throws InterruptedException {
            switch (step) {
                case Send(_, var client, var text) -> peer(client).send(filledIn(text));
                case Expect expect -> expect(expect);
                case Settled(var line, var client) -> nothingQueued(line, client);
                case Running(var line, var gate) -> running(line, gate);
                case Nothing(var line, var client) -> {
                    nothingQueued(line, client);
                    String late = peer(client).poll(SHORT_MILLIS);
                    if (late != null) {
                        failed(line, "nothing", late, "");
                    }
                }
                case Closed(var line, var client, var code) -> closed(line, client, code);
                case Cut(_, var client) -> {
                    peer(client).cut();
                    peers.remove(client);
                }
                case HangUp(_, var client) -> {
                    peer(client).close();
                    peers.remove(client);
                }
            }
        }

        /** Nothing may be left over, unless the server has closed the connection. */
        void end(int line) throws InterruptedException {
            for (int client : List.copyOf(peers.keySet())) {
                if (peer(client).closeCode() == null) {
                    nothingQueued(line, client);
                }
            }
        }

        void close() {
            peers.values().forEach(McpPeer::close);
        }

        private McpPeer peer(int client) {
            return peers.computeIfAbsent(client, _ -> connect.get());
        }

        private void expect(Expect step) throws InterruptedException {
            var open = new ArrayList<JsonPattern>();
            step.patterns().forEach(text -> open.add(pattern(step.line(), filledIn(text))));
            while (!open.isEmpty()) {
                String received = peer(step.client()).poll(McpPeer.PATIENCE_MILLIS);
                if (received == null) {
                    Integer code = peer(step.client()).closeCode();
                    failed(step.line(), open, code == null ? "nothing" : "close " + code, "");
                    return;
                }
                match(step.line(), open, received);
            }
        }

        private void match(int line, List<JsonPattern> open, String received) {
            JsonNode message = parsed(line, open, received);
            String fault = "";
            for (JsonPattern pattern : open) {
                fault = pattern.mismatch(message, captures);
                if (fault == null) {
                    open.remove(pattern);
                    return;
                }
            }
            failed(line, open, received, open.size() == 1 ? fault : "none of them matches");
        }

        /** What is wrong in every message, whatever a transcript says. */
        private JsonNode parsed(int line, Object expected, String received) {
            try {
                JsonNode message = JsonPattern.JSON.readTree(received);
                if (message.isObject()
                        && (!message.path("jsonrpc").asString("").equals("2.0")
                                || message.path("id").isNull())) {
                    failed(line, expected, received, "jsonrpc must be 2.0 and id never null");
                }
                return message;
            } catch (JacksonException e) {
                throw failure(line, expected, received, "not JSON: " + e.getOriginalMessage());
            }
        }

        /**
         * A ping overtakes nothing, so whatever was queued before its answer arrives before it.
         * Without a socket it is answered on a closed connection, too.
         */
        private void nothingQueued(int line, int client) throws InterruptedException {
            String id = "marker-" + ++markers;
            peer(client)
                    .send("{\"jsonrpc\":\"2.0\",\"id\":\"%s\",\"method\":\"ping\"}".formatted(id));
            String received = peer(client).poll(McpPeer.PATIENCE_MILLIS);
            if (received == null
                    || !parsed(line, "nothing", received).path("id").asString("").equals(id)) {
                failed(line, "nothing", received, "");
            }
            Integer code = peer(client).closeCode();
            if (code != null) {
                failed(line, "nothing", "close " + code, "");
            }
        }

        private void running(int line, String gate) throws InterruptedException {
            try (McpPeer observer = connect.get()) {
                observer.send(
                        """
                        {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{%s,\
                        "name":"is_running","arguments":{"gate":"%s"}}}\
                        """
                                .formatted(McpPeer.meta("{}"), gate));
                String answer = observer.poll(McpPeer.PATIENCE_MILLIS);
                if (answer == null || !answer.contains("\"Yes\"")) {
                    failed(line, "a call at the gate " + gate, answer, "");
                }
            }
        }

        private void closed(int line, int client, int code) throws InterruptedException {
            long deadline = System.nanoTime() + McpPeer.PATIENCE_MILLIS * 1_000_000;
            while (peer(client).closeCode() == null && System.nanoTime() < deadline) {
                String received = peer(client).poll(SHORT_MILLIS);
                if (received != null) {
                    failed(line, "close " + code, received, "");
                }
            }
            Integer was = peer(client).closeCode();
            if (was == null || was != code) {
                failed(line, "close " + code, "close " + was, "");
            }
        }

        private JsonPattern pattern(int line, String text) {
            try {
                return new JsonPattern(JsonPattern.JSON.readTree(text));
            } catch (JacksonException e) {
                throw new AssertionError(
                        "%s:%d: the pattern is no JSON: %s: %s"
                                .formatted(file, line, e.getOriginalMessage(), text));
            }
        }

        private String filledIn(String text) {
            String whole =
                    QUOTED.matcher(text).replaceAll(found -> quote(captured(found.group(1))));
            return INSIDE.matcher(whole)
                    .replaceAll(
                            found -> Matcher.quoteReplacement(captured(found.group(1)).asString()));
        }

        private static String quote(JsonNode value) {
            return Matcher.quoteReplacement(value.toString());
        }

        private JsonNode captured(String name) {
            JsonNode value = captures.get(name);
            if (value == null) {
                throw new AssertionError("%s: nothing was captured as %s".formatted(file, name));
            }
            return value;
        }

        private void failed(
                int line, Object expected, @Nullable Object received, @Nullable String fault) {
            fail(text(line, expected, received, fault));
        }

        private AssertionError failure(int line, Object expected, Object received, String fault) {
            return new AssertionError(text(line, expected, received, fault));
        }

        private String text(
                int line, Object expected, @Nullable Object received, @Nullable String fault) {
            return "%s:%d\nexpected: %s\nreceived: %s\n%s"
                    .formatted(file, line, expected, received, fault);
        }
    }
}
