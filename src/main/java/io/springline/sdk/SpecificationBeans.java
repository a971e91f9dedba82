package io.springline.sdk;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.core.ResolvableType;

/**
 * Finds specifications that are beans, single or in a {@code List}. The order is that of the beans,
 * single ones first.
 */
final class SpecificationBeans {

    private final ListableBeanFactory beans;

    SpecificationBeans(ListableBeanFactory beans) {
        this.beans = beans;
    }

    /**
     * Returns the specifications of a type.
     *
     * @param handler returns the handler of a specification, whose class is the origin of its
     *     exceptions
     */
    <S> Stream<SdkSpecification<S>> of(Class<S> type, Function<S, ?> handler) {
        ObjectProvider<List<S>> lists =
                beans.getBeanProvider(ResolvableType.forClassWithGenerics(List.class, type));
        return Stream.concat(
                        beans.getBeanProvider(type).orderedStream(),
                        lists.orderedStream().flatMap(List::stream))
                .map(each -> new SdkSpecification<>(each, origin(handler.apply(each))));
    }

    private static ErrorOrigin origin(Object handler) {
        return new ErrorOrigin(handler.getClass(), false);
    }
}
