package io.springline.relay.upstream;

import io.springline.relay.client.UpstreamException;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Thrown for a call to an upstream that connects by itself and is not connected. */
public final class AbsentUpstreamException extends UpstreamException {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm").withZone(ZoneOffset.UTC);

    AbsentUpstreamException(String upstream, Absence absence) {
        super(
                "Upstream '%s' is offline since %s UTC; it has to connect again"
                        .formatted(upstream, TIME.format(absence.since())));
    }
}
