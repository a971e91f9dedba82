package io.springline.relay;

/** An upstream that connects by itself. */
public interface UpstreamAttachment extends AutoCloseable {

    /** Says that the source has a transport again. Does not block. */
    void available();

    /** Reads the lists again. Does not block. */
    void refresh();

    /** Removes the upstream and its features; its endpoint stays, empty. Does not block. */
    @Override
    void close();
}
