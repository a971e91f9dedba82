package io.springline.cluster.redis;

import io.lettuce.core.ScriptOutputType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/**
 * The Lua scripts, each of which Redis runs as one atomic step. Their sources are in {@code
 * src/main/resources/io/springline/cluster}.
 */
public enum Script {
    WRITE(ScriptOutputType.VALUE),
    PUSH(ScriptOutputType.VALUE),
    CLAIM(ScriptOutputType.MULTI),
    FORWARD(ScriptOutputType.VALUE),
    RUNNER(ScriptOutputType.VALUE),
    TASK(ScriptOutputType.VALUE),
    READ_TASK(ScriptOutputType.VALUE),
    LIST_TASKS(ScriptOutputType.MULTI),
    REMOVE_TASK(ScriptOutputType.VALUE),
    TOKEN(ScriptOutputType.INTEGER),
    RATE(ScriptOutputType.INTEGER),
    HOLD(ScriptOutputType.INTEGER),
    CONSENT(ScriptOutputType.VALUE),
    RECORD(ScriptOutputType.VALUE),
    RECORDS(ScriptOutputType.MULTI);

    private final byte[] source;
    private final String digest;
    private final ScriptOutputType output;

    Script(ScriptOutputType output) {
        this.output = output;
        String file = name().toLowerCase(Locale.ROOT) + ".lua";
        try (InputStream in = Script.class.getResourceAsStream("/io/springline/cluster/" + file)) {
            if (in == null) {
                throw new IllegalStateException(file + " is missing");
            }
            this.source = in.readAllBytes();
            this.digest =
                    HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(source));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    public byte[] source() {
        return source;
    }

    /** Returns the SHA-1 digest by which Redis names the script. */
    String digest() {
        return digest;
    }

    public ScriptOutputType output() {
        return output;
    }
}
