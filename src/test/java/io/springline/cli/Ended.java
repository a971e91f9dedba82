package io.springline.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/** How a command ended, and what it has printed. */
record Ended(int exitCode, String out, String err) {

    /** Runs a command within this JVM. */
    static Ended here(String... words) {
        var out = new StringWriter();
        var err = new StringWriter();
        int exitCode =
                new Commands(new PrintWriter(out), new PrintWriter(err)).execute(List.of(words));
        return new Ended(exitCode, out.toString(), err.toString());
    }
}
