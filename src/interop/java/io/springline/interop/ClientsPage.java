package io.springline.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The commands of {@code docs/clients.md}, so that what users copy is what was tried. */
final class ClientsPage {

    private static final Path PAGE = Path.of("docs", "clients.md");

    private ClientsPage() {}

    /** Returns the command that begins with these words, with the port of the test's server. */
    static String command(String beginning, int port) throws IOException {
        Matcher command =
                Pattern.compile("(?m)(?:^|`)(" + Pattern.quote(beginning) + "[^`\n]*)")
                        .matcher(Files.readString(PAGE));
        if (!command.find()) {
            throw new IOException(PAGE + " has no command " + beginning);
        }
        return command.group(1).replace("127.0.0.1:8080", "127.0.0.1:" + port);
    }
}
