package io.springline.resume;

import io.springline.session.McpSession;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What became of a client's attempt to resume its session. */
public sealed interface ResumeResult {

    /**
     * The client goes on with this session, on the connection that it asked from.
     *
     * @param moved whether another node had it before
     */
    record Resumed(McpSession session, boolean moved) implements ResumeResult {}

    /** Nothing was changed. */
    record Refused(Reason reason) implements ResumeResult {}

    /** It cannot be told at present whether there is such a session: to be tried again. */
    record Unavailable() implements ResumeResult {}

    enum Reason {
        /** No such session, token or position here. */
        UNKNOWN,
        /** The grace was over. */
        EXPIRED,
        /** More output came up than is kept. */
        OVERFLOW,
        /** The session belongs to another principal. */
        NOT_YOURS;

        private final String wireName = name().toLowerCase(Locale.ROOT).replace('_', '-');

        /** Null for a name that is none. */
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
     * What a client is given when its session is opened or resumed.
     *
     * @param epoch names the count of messages
     * @param sent the last message that was sent before
     */
    record Grant(ResumeToken token, String epoch, long sent) {}
}
