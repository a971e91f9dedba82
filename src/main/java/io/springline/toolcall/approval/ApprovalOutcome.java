package io.springline.toolcall.approval;

import java.util.Locale;

/** A step of an approval. */
public enum ApprovalOutcome {
    /** The person at the client, or the approver, was asked. */
    ASKED,
    APPROVED,
    DECLINED,
    /** There was no decision, or an approval that does not hold for this call. */
    REFUSED;

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
