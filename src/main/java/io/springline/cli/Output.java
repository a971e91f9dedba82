package io.springline.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Standard output: results and nothing else, in UTF-8 whatever the locale. */
final class Output {

    private Output() {}

    static void print(String text) {
        var out =
                new PrintStream(
                        new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        out.println(text);
        out.flush();
    }
}
