package io.springline.relay.auth;

import java.io.IOException;
import java.net.URI;
import java.util.Collection;
import java.util.Objects;
import org.springframework.web.client.RestClientResponseException;

/** Reads metadata from the first of several well-known URLs at which there are usable ones. */
public final class WellKnownMetadata {

    /** Requests and parses the metadata at one URL. */
    @FunctionalInterface
    public interface Source<T> {
        /**
         * @throws IOException if the response is no usable metadata
         */
        T read(URI url) throws IOException;
    }

    private WellKnownMetadata() {}

    /**
     * Returns the first metadata that can be used.
     *
     * @param urls in the order in which they are tried; not empty
     * @throws IOException if a response cannot be used, and no other one can
     * @throws RestClientResponseException if all responses are errors
     */
    public static <T> T first(Collection<URI> urls, Source<T> source) throws IOException {
        RestClientResponseException absent = null;
        IOException unusable = null;
        for (URI url : urls) {
            try {
                return source.read(url);
            } catch (RestClientResponseException e) {
                absent = e;
            } catch (IOException e) {
                // perhaps the page of a web application that answers any path
                unusable = unusable == null ? e : unusable;
            }
        }
        if (unusable != null) {
            throw unusable;
        }
        throw Objects.requireNonNull(absent);
    }
}
