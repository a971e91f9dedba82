package io.springline.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.env.OriginTrackedMapPropertySource;
import org.springframework.boot.origin.Origin;
import org.springframework.boot.origin.OriginLookup;
import org.springframework.boot.origin.OriginTrackedValue;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * Accepts old names of properties: gives their values to the new names in the same source, so that
 * the precedence of sources stays.
 */
public final class RenamedProperties {

    /**
     * The properties that are accepted by their old names. An entry is removed in its version
     * {@code until}, one minor version after the rename.
     */
    private static final List<RenamedProperty> ALL = List.of();

    /** A name in one source. */
    private record Given(PropertySource<?> source, String name, boolean isVariable) {

        @Override
        public String toString() {
            return "%s (set in %s)".formatted(name, UnknownKeysCheck.origin(source, name));
        }

        /** Returns true for files of the jar: they contain defaults. */
        boolean isDefault() {
            return source.getName().contains("class path resource");
        }
    }

    private final List<RenamedProperty> renamed;

    public RenamedProperties() {
        this(ALL);
    }

    RenamedProperties(List<RenamedProperty> renamed) {
        this.renamed = renamed;
    }

    /**
     * Replaces the old names in all sources of the environment.
     *
     * @return a warning for each old name
     * @throws InvalidConfigurationException if a property has both its old and its new name
     */
    public Set<String> apply(ConfigurableEnvironment environment) {
        var warnings = new LinkedHashSet<String>();
        if (renamed.isEmpty()) {
            return warnings;
        }
        List<Given> given = given(environment);
        var names = new HashMap<PropertySource<?>, Map<String, String>>();
        for (Given old : given) {
            for (RenamedProperty each : renamed) {
                String name = each.renamed(old.name(), old.isVariable());
                if (name != null) {
                    requireNoNewName(each, old, given);
                    warnings.add("%s: %s".formatted(old, each.advice()));
                    names.computeIfAbsent(old.source(), _ -> new HashMap<>()).put(old.name(), name);
                }
            }
        }
        names.forEach((source, newNames) ->
                environment
                        .getPropertySources()
                        .replace(
                                source.getName(),
                                translated((EnumerablePropertySource<?>) source, newNames)));
        return warnings;
    }

    private static List<Given> given(ConfigurableEnvironment environment) {
        var given = new ArrayList<Given>();
        for (PropertySource<?> source : environment.getPropertySources()) {
            if (source instanceof EnumerablePropertySource<?> enumerable
                    && !source.getName().equals("configurationProperties")) {
                for (String name : enumerable.getPropertyNames()) {
                    given.add(new Given(source, name, isVariables(source)));
                }
            }
        }
        return given;
    }

    private static boolean isVariables(PropertySource<?> source) {
        return source.getName().equals(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME);
    }

    private static void requireNoNewName(RenamedProperty property, Given old, List<Given> given) {
        List<String> keys = property.oldKeys(old.name(), old.isVariable());
        for (Given each : given) {
            if ((each.source() == old.source() || !each.isDefault())
                    && isSame(keys, property.newKeys(each.name(), each.isVariable()))) {
                throw new InvalidConfigurationException(
                        "%s and %s are the old and the new name of one property"
                                .formatted(old, each),
                        "Remove one of them: " + property.advice() + ".");
            }
        }
    }

    private static boolean isSame(@Nullable List<String> oldKeys, @Nullable List<String> newKeys) {
        return newKeys != null && newKeys.equals(oldKeys);
    }

    /** Returns the source with other names, and with the origins of its values. */
    private static PropertySource<?> translated(
            EnumerablePropertySource<?> source, Map<String, String> newNames) {
        var values = new LinkedHashMap<String, Object>();
        for (String name : source.getPropertyNames()) {
            Object value = source.getProperty(name);
            if (value != null) {
                Origin origin = OriginLookup.getOrigin(source, name);
                values.put(
                        newNames.getOrDefault(name, name),
                        isVariables(source) ? value : OriginTrackedValue.of(value, origin));
            }
        }
        return isVariables(source)
                ? new SystemEnvironmentPropertySource(source.getName(), values)
                : new OriginTrackedMapPropertySource(source.getName(), values);
    }
}
