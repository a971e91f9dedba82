package io.springline.toolcall.approval;

import io.springline.reload.Reloadable;
import io.springline.toolcall.approval.ApprovalProperties.Rule;
import java.util.List;
import java.util.Set;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/** Applies changed rules for approvals. Who approves is decided at the start. */
final class ApprovalReload implements Reloadable {

    private static final String PREFIX = "springline.approval";

    private final Approvals approvals;

    ApprovalReload(Approvals approvals) {
        this.approvals = approvals;
    }

    @Override
    public Set<String> prefixes() {
        return Set.of(PREFIX + ".rules");
    }

    @Override
    public Change prepare(Environment changed) {
        List<Rule> next =
                Binder.get(changed).bindOrCreate(PREFIX, ApprovalProperties.class).rules();
        return Change.of(() -> approvals.narrow(next), () -> approvals.replace(next));
    }
}
