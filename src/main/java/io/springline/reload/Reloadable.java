package io.springline.reload;

import java.util.Set;
import org.springframework.core.env.Environment;

/** A bean whose properties can change while the service runs. */
public interface Reloadable {

    /** Returns the prefixes of the properties that it applies. */
    Set<String> prefixes();

    /**
     * Checks a changed configuration without applying it.
     *
     * @return applies the configuration; must not fail
     * @throws RuntimeException if the configuration is faulty; then nothing is applied
     */
    Runnable prepare(Environment changed);
}
