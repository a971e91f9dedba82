package io.springline.testing;

import java.util.List;

/** One step of a transcript; {@code client} tells several connections apart, the first is 1. */
public sealed interface TranscriptStep {

    int line();

    record Send(int line, int client, String text) implements TranscriptStep {}

    /** The next messages, in any order if there are several. */
    record Expect(int line, int client, List<String> patterns) implements TranscriptStep {}

    /** What was sent has been taken in by the server: other connections may build on it. */
    record Settled(int line, int client) implements TranscriptStep {}

    /** A call has begun to wait at this gate; asked for over a connection of its own. */
    record Running(int line, String gate) implements TranscriptStep {}

    record Nothing(int line, int client) implements TranscriptStep {}

    record Closed(int line, int client, int code) implements TranscriptStep {}

    /** The connection breaks without a word. */
    record Cut(int line, int client) implements TranscriptStep {}

    record HangUp(int line, int client) implements TranscriptStep {}
}
