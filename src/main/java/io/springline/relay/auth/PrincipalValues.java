package io.springline.relay.auth;

import io.springline.auth.CallerTokens;
import io.springline.relay.config.UpstreamAuth;
import io.springline.session.Caller;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The credentials of principals at one upstream, from a file, a folder or a claim. Read again for
 * each call, so that a change takes effect at once.
 */
interface PrincipalValues {

    /**
     * Returns the value of a caller; empty if there is none.
     *
     * @throws IOException if the values cannot be read
     */
    Optional<String> find(Caller caller) throws IOException;

    /** Returns the values that {@code auth} names; exactly one source is configured. */
    static PrincipalValues of(UpstreamAuth auth, CallerTokens tokens) {
        String claim = auth.claim();
        if (claim != null) {
            return caller -> tokens.find(caller).map(token -> token.getClaimAsString(claim));
        }
        Path file = auth.file();
        Path folder = auth.folder();
        return file != null
                ? caller -> inFile(file, caller.name())
                : caller -> inFolder(Path.of(String.valueOf(folder)), caller.name());
    }

    /** The maximum size of a file with values. */
    int MAX_BYTES = 1_000_000;

    private static Optional<String> inFile(Path file, String principal) throws IOException {
        try {
            JsonNode value = JsonMapper.shared().readTree(read(file)).path(principal);
            return value.isString() ? Optional.of(value.stringValue()) : Optional.empty();
        } catch (JacksonException e) {
            // the message may contain a value
            throw new IOException("it is not JSON");
        }
    }

    private static Optional<String> inFolder(Path folder, String principal) throws IOException {
        Path file = folder.resolve(fileName(principal));
        return Files.isRegularFile(file) ? Optional.of(read(file).strip()) : Optional.empty();
    }

    private static String read(Path file) throws IOException {
        if (Files.size(file) > MAX_BYTES) {
            throw new IOException("it has more than %d bytes".formatted(MAX_BYTES));
        }
        return Files.readString(file);
    }

    /** Names that are valid keys of a Kubernetes Secret, and cannot lead out of the folder. */
    Pattern FILE_NAME = Pattern.compile("(?!sha256-)[A-Za-z0-9_-][A-Za-z0-9._-]{0,200}");

    /**
     * Returns the file of a principal: its name, or {@code sha256-} and the digest of the name if
     * that contains other characters.
     */
    static String fileName(String principal) {
        return FILE_NAME.matcher(principal).matches() ? principal : "sha256-" + digest(principal);
    }

    /** Returns the SHA-256 of a text in hexadecimal digits. */
    static String digest(String text) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
