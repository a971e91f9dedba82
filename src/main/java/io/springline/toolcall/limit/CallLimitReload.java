package io.springline.toolcall.limit;

import io.springline.reload.Reloadable;
import io.springline.toolcall.limit.CallLimitProperties.Rule;
import java.util.List;
import java.util.Set;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/** Applies changed limits of tool calls. */
final class CallLimitReload implements Reloadable {

    private static final String PREFIX = "springline.call-limits";

    private final CallLimits limits;

    CallLimitReload(CallLimits limits) {
        this.limits = limits;
    }

    @Override
    public Set<String> prefixes() {
        return Set.of(PREFIX);
    }

    @Override
    public Change prepare(Environment changed) {
        List<Rule> next =
                Binder.get(changed).bindOrCreate(PREFIX, CallLimitProperties.class).rules();
        return Change.of(() -> limits.narrow(next), () -> limits.replace(next));
    }
}
