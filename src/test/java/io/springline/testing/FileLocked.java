package io.springline.testing;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * One JVM at a time: Maven runs the tests in two, which share the folder {@code target}. Not for
 * threads of one.
 */
final class FileLocked implements AutoCloseable {

    private final FileChannel channel;

    private FileLocked(FileChannel channel) {
        this.channel = channel;
    }

    /** Waits until no other JVM holds the lock of this file. */
    static FileLocked at(Path file) throws IOException {
        var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        channel.lock();
        return new FileLocked(channel);
    }

    /** Gives the lock back. */
    @Override
    public void close() throws IOException {
        channel.close();
    }
}
