package io.springline.reload;

import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.validation.ValidationBindHandler;
import org.springframework.boot.validation.MessageInterpolatorFactory;
import org.springframework.core.env.Environment;
import org.springframework.validation.beanvalidation.LocalValidatorFactoryBean;

/** The properties of a changed configuration, checked as at the start. */
public final class ValidatedProperties {

    private ValidatedProperties() {}

    /**
     * Returns the properties below a prefix, also if none is set.
     *
     * @throws RuntimeException if a value has the wrong form, or violates a constraint of the type
     */
    public static <T> T bind(Environment changed, String prefix, Class<T> type) {
        try (var validator = new LocalValidatorFactoryBean()) {
            validator.setMessageInterpolator(new MessageInterpolatorFactory().getObject());
            validator.afterPropertiesSet();
            return Binder.get(changed)
                    .bindOrCreate(prefix, Bindable.of(type), new ValidationBindHandler(validator));
        }
    }
}
