package io.springline.transport.http.stream;

import java.io.IOException;
import java.util.List;

/** Writes the JSON document that answers a POST. */
@FunctionalInterface
public interface JsonWriter {

    void write(List<byte[]> answers) throws IOException;
}
