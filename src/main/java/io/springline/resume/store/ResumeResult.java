package io.springline.resume.store;

import io.springline.session.McpSession;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The result of an attempt to resume a session. */
public sealed interface ResumeResult {

    /**
     * The session continues on the connection from which the client asked.
     *
     * @param moved whether another node owned the session before
     */
    record Resumed(McpSession session, boolean moved) implements ResumeResult {

        /** Returns the result for a session that this node owned before. */
        public static Resumed here(McpSession session) {
            return new Resumed(session, false);
        }

        /** Returns the result for a session that another node owned before. */
        public static Resumed takenOver(McpSession session) {
            return new Resumed(session, true);
        }
    }

    /** The attempt was refused, and nothing has changed. */
    record Refused(Reason reason) implements ResumeResult {}

    /** The store cannot tell now whether the session exists. The client should try again. */
    record Unavailable() implements ResumeResult {}

    enum Reason {
        /** The session, token or position is unknown. */
        UNKNOWN,
        /** The client was away for longer than the grace period. */
        EXPIRED,
        /** More messages were sent than the log keeps. */
        OVERFLOW,
        /** The session belongs to another principal. */
        NOT_YOURS;

        private final String wireName = name().toLowerCase(Locale.ROOT).replace('_', '-');

        /** Returns the reason with this name on the wire, or null if there is none. */
        public static @Nullable Reason of(String wireName) {
            return Arrays.stream(values())
                    .filter(reason -> reason.wireName.equals(wireName))
                    .findFirst()
                    .orElse(null);
        }

        public String wireName() {
            return wireName;
        }
    }

    /**
     * The token and position that a client receives when its session is opened or resumed.
     *
     * @param epoch identifies the numbering of messages: a client sends it when it resumes
     * @param sent the number of the last message that was sent before
     */
    record Grant(ResumeToken token, String epoch, long sent) {}
}
