package io.springline.transport.http.stream;

/** What the thread that writes an event stream has to do next. */
enum NextWrite {
    EVENTS,
    COMMENT,
    /** Nothing: the thread ends, and another one is started later. */
    PAUSE,
    END
}
