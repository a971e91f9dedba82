package io.springline.testing;

import io.springline.testing.HttpPeer.Event;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads server-sent events. */
public class EventReader {

    private final BufferedReader lines;

    public EventReader(InputStream body) {
        this.lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
    }

    /** Waits for the next event, comments included; null at the end of the stream. */
    public @Nullable Event next() throws IOException {
        String id = null;
        String data = null;
        String retry = null;
        boolean any = false;
        for (String line; (line = lines.readLine()) != null; ) {
            if (line.isEmpty()) {
                if (any) {
                    return new Event(id, data, retry);
                }
                continue;
            }
            any = true;
            int colon = line.indexOf(':');
            String field = colon < 0 ? line : line.substring(0, colon);
            String value = colon < 0 ? "" : line.substring(colon + 1).stripLeading();
            switch (field) {
                case "id" -> id = value;
                case "data" -> data = value;
                case "retry" -> retry = value;
                default -> {}
            }
        }
        return any ? new Event(id, data, retry) : null;
    }

    /** Waits for the next event with a message. */
    public @Nullable Event nextMessage() throws IOException {
        for (Event event; (event = next()) != null; ) {
            if (event.data() != null && !event.data().isEmpty()) {
                return event;
            }
        }
        return null;
    }

    /** Reads to the end; the events with messages. */
    public List<Event> rest() throws IOException {
        var all = new ArrayList<Event>();
        for (Event event; (event = nextMessage()) != null; ) {
            all.add(event);
        }
        return all;
    }
}
