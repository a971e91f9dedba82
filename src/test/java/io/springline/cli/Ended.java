package io.springline.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/** How a command ended, and what it has printed. */
record Ended(int exitCode, String out, String err) {

    /** Runs a command within this JVM. */
    static Ended here(String... words) {
        var out = new StringWriter();
        var err = new StringWriter();
        CommandLine line = Commands.line();
        line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        int exitCode = line.execute(words);
        return new Ended(exitCode, out.toString(), err.toString());
    }
}
