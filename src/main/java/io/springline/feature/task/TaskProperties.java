package io.springline.feature.task;

import io.springline.feature.TaskSupport;
import io.springline.feature.TaskSupport.Mode;
import io.springline.feature.Tool;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import java.time.Duration;
import java.util.List;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * Tasks: calls whose result the client fetches later. Names of tools may end with {@code *}. The
 * lists apply before what a tool says of itself, in the order never, required, always, auto.
 *
 * @param defaultMode mode of tools that no list names and that have no mode of their own: never,
 *     auto, always or required
 * @param promoteAfter how long a call runs before it becomes a task, in mode auto
 * @param never tools whose calls never become tasks
 * @param auto tools whose calls become tasks after {@code promote-after}
 * @param always tools whose calls become tasks at once, if the client can take a task
 * @param required tools that only clients with the tasks extension can call
 * @param ttl lifetime of a task from its creation, after which it is deleted. At most 24 h
 * @param maxRunning maximum number of unfinished tasks of one principal. A call beyond it waits for
 *     its result in mode auto, and fails with an error in the modes always and required
 * @param maxStored maximum number of tasks of one principal, finished ones included
 * @param maxResult maximum size of the result of a task. A task with a larger one fails
 */
@Validated
@ConfigurationProperties(prefix = "springline.tasks", ignoreUnknownFields = false)
public record TaskProperties(
        @DefaultValue("auto") @NotNull Mode defaultMode,
        @DefaultValue("5s") @NotNull @DurationMin(millis = 0) Duration promoteAfter,
        @DefaultValue List<String> never,
        @DefaultValue List<String> auto,
        @DefaultValue List<String> always,
        @DefaultValue List<String> required,
        @DefaultValue("1h") @NotNull @DurationMin(seconds = 1) @DurationMax(hours = 24)
                Duration ttl,
        @DefaultValue("32") @Min(1) @Max(100_000) int maxRunning,
        @DefaultValue("1000") @Min(1) @Max(1_000_000) int maxStored,
        @DefaultValue("4MB") @NotNull DataSize maxResult) {

    public TaskProperties {
        never = List.copyOf(never);
        auto = List.copyOf(auto);
        always = List.copyOf(always);
        required = List.copyOf(required);
        if (maxResult.toBytes() < 1024) {
            throw new IllegalArgumentException(
                    "springline.tasks.max-result: must be at least 1KB, not %s"
                            .formatted(maxResult));
        }
    }

    /** Returns whether calls of a tool become tasks. The lists apply to each of its names. */
    public TaskSupport supportOf(Tool tool) {
        if (isIn(never, tool)) {
            return TaskSupport.NEVER;
        }
        if (isIn(required, tool)) {
            return TaskSupport.REQUIRED;
        }
        if (isIn(always, tool)) {
            return TaskSupport.ALWAYS;
        }
        if (isIn(auto, tool)) {
            return TaskSupport.auto(promoteAfter);
        }
        TaskSupport own = tool.tasks();
        return own == null ? new TaskSupport(defaultMode, promoteAfter) : own;
    }

    /** Returns the maximum size of a result, in bytes. */
    long maxResultBytes() {
        return maxResult.toBytes();
    }

    /** Runs at each call: a loop over a list that is empty costs nothing, a stream does. */
    private static boolean isIn(List<String> patterns, Tool tool) {
        for (String pattern : patterns) {
            if (matches(pattern, tool.name())
                    || tool.aliases().stream().anyMatch(alias -> matches(pattern, alias))) {
                return true;
            }
        }
        return false;
    }

    private static boolean matches(String pattern, String name) {
        return pattern.endsWith("*")
                ? name.startsWith(pattern.substring(0, pattern.length() - 1))
                : pattern.equals(name);
    }
}
