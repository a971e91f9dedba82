package io.springline.testing;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/** Writes JSON that is right, nearly right, or garbage. */
public final class RandomJson {

    private static final List<String> SCALARS =
            List.of(
                    "null",
                    "true",
                    "false",
                    "0",
                    "-0",
                    "-0.0",
                    "1",
                    "1.0",
                    "1.50",
                    "1e400",
                    "-1E-400",
                    "1e999999999",
                    "1e-999999999",
                    "1e99999999999",
                    "9007199254740993",
                    "9223372036854775808",
                    "-1180591620717411303424",
                    "9".repeat(100),
                    "9".repeat(101),
                    "0." + "1".repeat(98),
                    "\"\"",
                    "\"2.0\"",
                    "\"\\u0000\"",
                    "\"\\ud800\"",
                    "\"\\udc00\\ud800\"",
                    "\"\\ud83d\\ude00\"",
                    "\"é😀\\\"\\\\\\/\\b\"",
                    "\"2026-07-28\"",
                    "\"note://1\"",
                    "[]",
                    "{}",
                    "[[[[]]]]",
                    "{\"a\":{\"a\":{\"a\":{}}}}");

    private static final List<String> PIECES =
            List.of(
                    "{",
                    "}",
                    "[",
                    "]",
                    ",",
                    ":",
                    "\"",
                    "\\",
                    "\\u",
                    "\\ud800",
                    "null",
                    "NaN",
                    "1e",
                    "0x1",
                    "'",
                    "//",
                    "\u0000",
                    "\ufeff",
                    "\t",
                    " ",
                    "\"jsonrpc\":\"2.0\",",
                    "\"id\":1,",
                    "\"id\":",
                    "\"method\":",
                    "\"params\":{",
                    "\"_meta\":",
                    "[".repeat(201));

    private final Random random;

    public RandomJson(Random random) {
        this.random = random;
    }

    public <T> T oneOf(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    /** True in one of {@code n} cases. */
    public boolean oneIn(int n) {
        return random.nextInt(n) == 0;
    }

    /** Any value, mostly small. */
    public String value() {
        return value(4);
    }

    private String value(int depth) {
        if (depth == 0 || random.nextInt(3) > 0) {
            return oneIn(400) ? "\"" + "k".repeat(random.nextInt(100_000)) + "\"" : oneOf(SCALARS);
        }
        var text = new StringBuilder();
        boolean array = random.nextBoolean();
        int size = depth == 4 && oneIn(50) ? random.nextInt(2000) : random.nextInt(4);
        for (int i = 0; i < size; i++) {
            text.append(i == 0 ? "" : ",").append(array ? "" : key(i)).append(value(depth - 1));
        }
        return array ? "[" + text + "]" : "{" + text + "}";
    }

    private String key(int index) {
        return oneIn(30) ? "\"same\":" : "\"k" + index + "\":";
    }

    /** A JSON-RPC envelope whose members are right or random. */
    public String envelope() {
        var text = new StringBuilder("{");
        add(text, 20, "\"jsonrpc\":", "\"2.0\"");
        add(text, 3, "\"id\":", oneOf(List.of("1", "\"a\"", "7", "\"\\ud800\"", value())));
        add(text, 3, "\"method\":", oneOf(List.of("\"ping\"", "\"m\"", value())));
        add(text, 3, "\"params\":", oneOf(List.of("{}", "{\"a\":" + value() + "}", value())));
        if (oneIn(3)) {
            add(text, 2, "\"result\":", value());
            add(text, 2, "\"error\":", "{\"code\":" + value() + ",\"message\":" + value() + "}");
        }
        if (oneIn(10)) {
            add(text, 2, "\"more\":", value());
        }
        return text.append('}').toString();
    }

    private void add(StringBuilder text, int mostly, String name, String value) {
        if (!oneIn(mostly)) {
            text.append(text.length() == 1 ? "" : ",").append(name).append(value);
        }
    }

    /** The same with something cut out, put in or swapped; now and then with nothing changed. */
    public String mutated(String text) {
        var changed = new StringBuilder(text);
        for (int i = random.nextInt(4); i > 0 && !changed.isEmpty(); i--) {
            int at = random.nextInt(changed.length());
            switch (random.nextInt(4)) {
                case 0 -> changed.delete(at, Math.min(changed.length(), at + random.nextInt(8)));
                case 1 -> changed.insert(at, oneOf(PIECES));
                case 2 -> changed.setCharAt(at, (char) random.nextInt(0x180));
                default -> changed.insert(at, changed.substring(at / 2, at));
            }
        }
        return changed.toString();
    }

    /** Its UTF-8, with some bytes changed now and then. */
    public byte[] bytes(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int i = random.nextInt(3); i > 0 && bytes.length > 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return bytes;
    }
}
