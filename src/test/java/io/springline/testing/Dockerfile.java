package io.springline.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The instructions of the {@code Dockerfile}, as far as it uses the language. */
public record Dockerfile(List<Instruction> instructions) {

    private static final Pattern STAGE = Pattern.compile("(\\S+) AS (\\S+)");

    /**
     * @param stage that it belongs to; empty before the first
     * @param name in capitals
     * @param text behind the name, on one line
     */
    public record Instruction(String stage, String name, String text) {

        /** The words of the exec form. */
        public List<String> exec() {
            return McpPeer.JSON.readTree(text).valueStream().map(each -> each.asString()).toList();
        }
    }

    public static Dockerfile read() throws IOException {
        var instructions = new ArrayList<Instruction>();
        String stage = "";
        String source =
                Files.readString(Path.of("Dockerfile"))
                        .replaceAll("(?m)^#.*\n", "")
                        .replaceAll("\\\\\n\\s*", "");
        for (String line : source.split("\n")) {
            if (line.isBlank()) {
                continue;
            }
            String name = line.substring(0, line.indexOf(' '));
            String text = line.substring(name.length()).strip();
            Matcher from = STAGE.matcher(text);
            if (name.equals("FROM") && from.matches()) {
                stage = from.group(2);
            }
            instructions.add(new Instruction(stage, name, text));
        }
        return new Dockerfile(instructions);
    }

    public List<Instruction> named(String name) {
        return instructions.stream().filter(each -> each.name().equals(name)).toList();
    }

    public Instruction last(String name) {
        return named(name).getLast();
    }

    /** The one {@code RUN} that holds this text. */
    public Instruction run(String part) {
        Predicate<Instruction> holds = each -> each.text().contains(part);
        List<Instruction> found = named("RUN").stream().filter(holds).toList();
        if (found.size() != 1) {
            throw new IllegalStateException("%d RUN with '%s'".formatted(found.size(), part));
        }
        return found.getFirst();
    }

    /** The value of an {@code ENV}. */
    public String env(String variable) {
        Matcher value = Pattern.compile(variable + "=\"(.*)\"").matcher(last("ENV").text());
        if (!value.matches()) {
            throw new IllegalStateException("no ENV " + variable);
        }
        return value.group(1);
    }
}
