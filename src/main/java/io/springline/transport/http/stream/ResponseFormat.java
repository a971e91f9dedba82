package io.springline.transport.http.stream;

/** The form of a response to an HTTP request. */
public enum ResponseFormat {
    UNDECIDED,
    JSON,
    EVENTS
}
