package io.springline.transport.http.stream;

import io.springline.session.Outbound;
import org.jspecify.annotations.Nullable;

/**
 * A message that waits to be written on a response.
 *
 * @param isAnswer whether the response can be JSON if it holds nothing else
 */
record QueuedEvent(Outbound message, @Nullable String eventId, boolean isAnswer) {

    /** Creates an answer without an event id. */
    static QueuedEvent answer(Outbound message) {
        return new QueuedEvent(message, null, true);
    }
}
