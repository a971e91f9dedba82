package io.springline.transport.http.stream;

import java.io.IOException;
import java.util.List;

/** Writes the JSON document that answers a POST. */
@FunctionalInterface
public interface JsonWriter {

    /**
     * @param progress to be called when the client has read a part of the document
     */
    void write(List<byte[]> answers, Runnable progress) throws IOException;
}
