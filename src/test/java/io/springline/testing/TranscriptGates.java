package io.springline.testing;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import tools.jackson.databind.node.ObjectNode;

/**
 * What holds slow calls up, by the names that the transcripts give; once opened, one stays open.
 */
public final class TranscriptGates {

    /**
     * @param reached counted down when a call begins to wait here
     */
    record Gate(CountDownLatch reached, CountDownLatch open, CountDownLatch interrupted) {}

    private final Map<String, Gate> gates = new ConcurrentHashMap<>();

    Gate gate(ObjectNode arguments) {
        return gates.computeIfAbsent(
                arguments.path("gate").asString(""),
                _ -> new Gate(new CountDownLatch(1), new CountDownLatch(1), new CountDownLatch(1)));
    }

    /** New ones, which are shut, for who runs the transcripts again. */
    public void shut() {
        gates.clear();
    }
}
