package io.springline.reload;

import java.util.Set;
import org.springframework.core.env.Environment;

/**
 * A bean whose properties can change while the service runs. Changes are applied in the order of
 * the beans: what gives callers access comes last.
 */
public interface Reloadable {

    /** Returns the prefixes of the properties that it applies. */
    Set<String> prefixes();

    /**
     * Checks a changed configuration without applying it.
     *
     * @throws RuntimeException if the configuration is faulty; then nothing is applied
     */
    Change prepare(Environment changed);

    /**
     * A checked change, applied in two steps. All parts of a reload withdraw before the first one
     * is applied, so that no caller has rights of both versions together. If a step fails, no
     * further part is applied, and the next reload runs both steps of all parts again.
     */
    interface Change {

        /** Withdraws what the changed configuration does not grant. */
        default void withdraw() {}

        /** Applies the changed configuration. */
        void apply();

        /** Returns a change of these two steps. */
        static Change of(Runnable withdraw, Runnable apply) {
            return new Change() {

                @Override
                public void withdraw() {
                    withdraw.run();
                }

                @Override
                public void apply() {
                    apply.run();
                }
            };
        }
    }
}
