package io.springline.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

/** The reference server of the protocol's authors, by HTTP. */
public final class EverythingServer implements AutoCloseable {

    private final Process process;
    private final int port;

    /**
     * @param project that has the server among its packages
     */
    public EverythingServer(NodeProject project) throws IOException {
        this(project, "streamableHttp");
    }

    /**
     * @param project that has the server among its packages
     * @param mode {@code streamableHttp}, or {@code sse} at the path {@code /sse}
     */
    public EverythingServer(NodeProject project, String mode) throws IOException {
        port = RunningJar.freePort();
        Path log = Files.createTempFile(Path.of("target"), "everything-", ".log");
        var command = new ProcessBuilder(project.binary("mcp-server-everything").toString(), mode);
        command.environment().put("PORT", Integer.toString(port));
        process = command.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    }

    /** Waits until it can be reached. */
    public EverythingServer ready() {
        await().until(this::isListening);
        return this;
    }

    private boolean isListening() {
        if (!process.isAlive()) {
            throw new IllegalStateException("the server ended");
        }
        try (var _ = new Socket("localhost", port)) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    public URI uri() {
        return URI.create("http://localhost:%d/mcp".formatted(port));
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
