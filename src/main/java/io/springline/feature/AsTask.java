package io.springline.feature;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Says whether calls of a tool become tasks, on a method with Spring AI's {@code @McpTool}. See
 * {@link TaskSupport}.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface AsTask {

    TaskSupport.Mode value();

    /** Returns how long a call runs in mode AUTO before it becomes a task, such as {@code 5s}. */
    String after() default "5s";
}
