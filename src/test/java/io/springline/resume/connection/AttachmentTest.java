package io.springline.resume.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.resume.connection.Attachment.Hearing;
import io.springline.resume.store.ResumeResult.Reason;
import io.springline.testing.RecordingConnection;
import org.junit.jupiter.api.Test;

class AttachmentTest {

    private final RecordingConnection first = new RecordingConnection("first");
    private final RecordingConnection second = new RecordingConnection("second");
    private final Attachment attachment = new Attachment("session", 7);

    @Test
    void beginsDetachedWithTheIdOfTheSession() {
        assertThat(attachment.socketId()).isEqualTo("session");
        assertThat(attachment.socket()).isNull();
        assertThat(attachment.carrier()).isNull();
        assertThat(attachment.absence()).isNotNull();
        assertThat(attachment.ended()).isNull();
    }

    @Test
    void servesTheSocketThatWasAttachedLast() {
        assertThat(attachment.attach(first, Hearing.HEARD)).isTrue();
        assertThat(attachment.attach(second, Hearing.SILENT)).isTrue();
        assertThat(attachment.socket()).isSameAs(second);
        assertThat(attachment.carrier()).isSameAs(second);
        assertThat(attachment.socketId()).isEqualTo("second");
        assertThat(attachment.absence()).isNull();
        assertThat(attachment.hearingOn(first)).isNull();
        assertThat(attachment.hearingOn(second)).isEqualTo(Hearing.SILENT);
    }

    @Test
    void detachesOnlyTheAttachedSocketAndKeepsItsId() {
        attachment.attach(first, Hearing.HEARD);
        assertThat(attachment.detach(second, 0)).isFalse();
        assertThat(attachment.socket()).isSameAs(first);
        assertThat(attachment.detach(first, 0)).isTrue();
        assertThat(attachment.socket()).isNull();
        assertThat(attachment.socketId()).isEqualTo("first");
    }

    @Test
    void changesNothingAfterTheEnd() {
        attachment.attach(first, Hearing.HEARD);
        assertThat(attachment.end(Reason.EXPIRED)).isTrue();
        assertThat(attachment.end(Reason.UNKNOWN)).isFalse();
        assertThat(attachment.attach(second, Hearing.HEARD)).isFalse();
        assertThat(attachment.move(null)).isFalse();
        assertThat(attachment.ended()).isEqualTo(Reason.EXPIRED);
        assertThat(attachment.socketId()).isEqualTo("first");
        assertThat(attachment.carrier()).isNull();
    }

    @Test
    void carriesMessagesToOpenResponsesAfterTheMove() {
        assertThat(attachment.move(first)).isTrue();
        assertThat(attachment.carrier()).isSameAs(first);
        assertThat(attachment.socket()).isNull();
        assertThat(attachment.detach(first, 0)).isFalse();
        assertThat(attachment.end(Reason.EXPIRED)).isFalse();
    }
}
