package io.springline.sdk;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.core.ResolvableType;

/** Finds specifications that are beans, alone or in a {@code List}; in bean order, single first. */
final class SpecificationBeans {

    private final ListableBeanFactory beans;

    SpecificationBeans(ListableBeanFactory beans) {
        this.beans = beans;
    }

    /**
     * @param handler what the specification calls, for who wrote it
     */
    <S> Stream<Authored<S>> of(Class<S> type, Function<S, ?> handler) {
        ObjectProvider<List<S>> lists =
                beans.getBeanProvider(ResolvableType.forClassWithGenerics(List.class, type));
        return Stream.concat(
                        beans.getBeanProvider(type).orderedStream(),
                        lists.orderedStream().flatMap(List::stream))
                .map(each -> new Authored<>(each, author(handler.apply(each))));
    }

    private static Author author(Object handler) {
        return new Author(handler.getClass(), false);
    }
}
