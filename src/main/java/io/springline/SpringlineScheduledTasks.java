package io.springline;

import org.springframework.scheduling.annotation.ScheduledAnnotationBeanPostProcessor;

/**
 * Runs the methods with {@code @Scheduled} of Springline's beans, and no others: an application
 * that embeds Springline decides itself whether it enables scheduling. If it does, its own
 * processor takes the place of this one.
 */
final class SpringlineScheduledTasks extends ScheduledAnnotationBeanPostProcessor {

    private static final String OURS = SpringlineScheduledTasks.class.getPackageName() + '.';

    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
        return bean.getClass().getName().startsWith(OURS)
                ? super.postProcessAfterInitialization(bean, name)
                : bean;
    }
}
