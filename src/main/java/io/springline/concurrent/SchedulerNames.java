package io.springline.concurrent;

/** Names of scheduler beans. */
public final class SchedulerNames {

    /**
     * The scheduler of Springline's periodic tasks: one thread, apart from the scheduler of an
     * application that embeds Springline, which may be busy for long.
     */
    public static final String SPRINGLINE = "springlineScheduler";

    private SchedulerNames() {}
}
