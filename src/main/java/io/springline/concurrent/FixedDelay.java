package io.springline.concurrent;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Runs a method without parameters of a bean again and again, on Springline's own scheduler. It
 * does not use Spring's scheduling, which belongs to the application: an application that embeds
 * Springline may have none, or one whose thread is busy for long.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface FixedDelay {

    /** The time from the end of one run to the beginning of the next, in milliseconds. */
    long millis();
}
