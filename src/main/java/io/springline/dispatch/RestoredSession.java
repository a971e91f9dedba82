package io.springline.dispatch;

import io.springline.feature.SessionContext;
import io.springline.mcp.Topic;
import io.springline.session.Caller;
import io.springline.session.McpSession;
import java.util.function.Consumer;

/** A session that another node owned. */
record RestoredSession(McpSession session, ChangeNotifier notifier) implements SessionContext {

    @Override
    public String sessionId() {
        return session.connection().id();
    }

    @Override
    public Caller caller() {
        return session.caller();
    }

    @Override
    public Consumer<Topic> announcer() {
        return topic -> notifier.tell(session.latest(), topic);
    }

    @Override
    public void onSessionEnd(Runnable action) {
        session.onFinalEnd(action);
    }
}
