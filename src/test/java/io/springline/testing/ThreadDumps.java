package io.springline.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Looks at the threads of a JVM from outside, virtual ones included, which {@code ThreadMXBean}
 * does not see. A thread that waits for the same lock in two dumps, seconds apart, is stuck: no
 * lock of the service is held for so long.
 */
public final class ThreadDumps {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String JCMD =
            Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();

    private final ProcessHandle process;
    private Map<String, String> waiting = Map.of();
    private int threads;

    public ThreadDumps(ProcessHandle process) {
        this.process = process;
    }

    /**
     * Takes a dump.
     *
     * @return the threads that wait for the same lock as in the dump before, with their stacks
     */
    public Map<String, String> stuck() throws IOException, InterruptedException {
        Path file = Files.createTempFile("threads-", ".json");
        run("Thread.dump_to_file", "-format=json", "-overwrite", file.toString());
        JsonNode dump = JSON.readTree(file);
        Files.delete(file);
        var now = new HashMap<String, String>();
        var stuck = new HashMap<String, String>();
        threads = 0;
        for (JsonNode container : dump.at("/threadDump/threadContainers")) {
            for (JsonNode thread : container.get("threads")) {
                threads++;
                String lock = lock(thread);
                String id = thread.get("tid").asString();
                if (!lock.isEmpty()) {
                    now.put(id, lock);
                    if (lock.equals(waiting.get(id))) {
                        stuck.put(id + " waits for " + lock, thread.get("stack").toString());
                    }
                }
            }
        }
        waiting = now;
        return stuck;
    }

    /** The monitor or lock that a thread waits for to be released; empty for all other waits. */
    private static String lock(JsonNode thread) {
        String parked = thread.at("/parkBlocker/object").asString("");
        boolean isLock = parked.contains("ReentrantLock") || parked.contains("ReadWriteLock");
        return isLock ? parked : thread.path("blockedOn").asString("");
    }

    /** How many threads the last dump has shown. */
    public int threads() {
        return threads;
    }

    /** Kilobytes of heap that are in use after a full collection. */
    public long usedHeap() throws IOException, InterruptedException {
        run("GC.run");
        String info = run("GC.heap_info");
        long used = 0;
        for (String line : info.split("\n")) {
            // "def new generation   total 9216K, used 1024K", and likewise for others
            if (line.contains("total ") && line.contains("used ") && !line.contains("Metaspace")) {
                used += Long.parseLong(line.replaceAll("(?s).*used (\\d+)K.*", "$1"));
            }
        }
        return used;
    }

    private String run(String... command) throws IOException, InterruptedException {
        var all = new ArrayList<>(List.of(JCMD, Long.toString(process.pid())));
        all.addAll(List.of(command));
        Path output = Files.createTempFile("jcmd-", ".txt");
        Process jcmd =
                new ProcessBuilder(all)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        if (!jcmd.waitFor(60, TimeUnit.SECONDS)) {
            jcmd.destroyForcibly();
            throw new IOException("jcmd does not end");
        }
        String said = Files.readString(output);
        Files.delete(output);
        return said;
    }
}
