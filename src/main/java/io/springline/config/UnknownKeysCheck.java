package io.springline.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.origin.OriginLookup;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * Fails the start if a property {@code springline.*} does not exist, and names the most similar
 * one. An unknown environment variable {@code SPRINGLINE_*} only causes a warning, since another
 * program or Kubernetes may have set it.
 */
public final class UnknownKeysCheck implements BeanFactoryPostProcessor {

    private static final Logger log = LoggerFactory.getLogger(UnknownKeysCheck.class);
    private static final String GROUP = "springline.";

    /** The variables that Kubernetes sets in each pod for a Service named {@code springline…}. */
    private static final Pattern SERVICE_LINK =
            Pattern.compile("SPRINGLINE_([A-Z0-9_]+_)?(SERVICE_(HOST|PORT)|PORT)(_.*)?");

    private final ConfigurableEnvironment environment;

    /** False if other properties of the environment belong to an application. */
    private final boolean ownsEnvironment;

    /**
     * Creates the check of the service. It also refuses groups with a similar name, such as {@code
     * sprinline}, and files without properties.
     */
    public UnknownKeysCheck(ConfigurableEnvironment environment) {
        this(environment, true);
    }

    private UnknownKeysCheck(ConfigurableEnvironment environment, boolean ownsEnvironment) {
        this.environment = environment;
        this.ownsEnvironment = ownsEnvironment;
    }

    /** Creates the check in an application that embeds Springline. */
    public static UnknownKeysCheck embedded(ConfigurableEnvironment environment) {
        return new UnknownKeysCheck(environment, false);
    }

    @Override
    public void postProcessBeanFactory(ConfigurableListableBeanFactory beans) {
        KnownKeys known = known(beans);
        refuseUnknown(known);
        for (PropertySource<?> source : environment.getPropertySources()) {
            if (isOfVariables(source) && source instanceof EnumerablePropertySource<?> variables) {
                for (String name : variables.getPropertyNames()) {
                    checkVariable(name, known);
                }
            }
        }
    }

    /**
     * Checks changed files. Does not warn of environment variables again, which cannot have
     * changed.
     *
     * @throws InvalidConfigurationException if a property does not exist
     */
    public void checkFiles(ConfigurableListableBeanFactory beans) {
        refuseUnknown(known(beans));
    }

    private static KnownKeys known(ConfigurableListableBeanFactory beans) {
        var known = new KnownKeys();
        for (String name : beans.getBeanNamesForAnnotation(ConfigurationProperties.class)) {
            Class<?> type = beans.getType(name, false);
            ConfigurationProperties bound =
                    type == null
                            ? null
                            : AnnotatedElementUtils.getMergedAnnotation(
                                    type, ConfigurationProperties.class);
            if (type != null && bound != null && (bound.prefix() + ".").startsWith(GROUP)) {
                known.add(bound.prefix(), type);
            }
        }
        return known;
    }

    private void refuseUnknown(KnownKeys known) {
        var unknown = new TreeMap<String, String>();
        for (PropertySource<?> source : environment.getPropertySources()) {
            if (!isOfVariables(source)
                    && source instanceof EnumerablePropertySource<?> enumerable) {
                for (String name : enumerable.getPropertyNames()) {
                    if (isOfGroup(name) && !known.contains(name) || isText(name, source)) {
                        unknown.putIfAbsent(name, origin(source, name));
                    }
                }
            }
        }
        if (!unknown.isEmpty()) {
            throw refusal(unknown, known);
        }
    }

    private boolean isOfGroup(String name) {
        return ownsEnvironment
                ? KnownKeys.isOfGroup(name)
                : name.toLowerCase(Locale.ROOT).startsWith(GROUP);
    }

    private static boolean isOfVariables(PropertySource<?> source) {
        return source.getName()
                .startsWith(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME);
    }

    /** Spring Boot takes a YAML file that is one text for a property of this name. */
    private boolean isText(String name, PropertySource<?> source) {
        return ownsEnvironment
                && name.equals("document")
                && source.getName().startsWith("Config resource ");
    }

    private static InvalidConfigurationException refusal(
            TreeMap<String, String> unknown, KnownKeys known) {
        List<String> lines = new ArrayList<>();
        unknown.forEach((name, origin) ->
                lines.add(
                        name.equals("document")
                                ? "A configuration file is a text without properties (%s)"
                                        .formatted(origin)
                                : "%s is not a property of this service; the nearest one is %s (set in %s)"
                                        .formatted(name, known.nearest(name), origin)));
        return new InvalidConfigurationException(
                String.join("\n", lines),
                "Correct or remove the property. docs/configuration.md lists all properties.");
    }

    /** Returns where the property is set, for operators. */
    static String origin(PropertySource<?> source, String name) {
        Object origin = OriginLookup.getOrigin(source, name);
        return origin == null
                ? switch (source.getName()) {
                    case "commandLineArgs" -> "the command line";
                    case "systemProperties" -> "-D";
                    default -> source.getName();
                }
                : origin.toString();
    }

    private static void checkVariable(String name, KnownKeys known) {
        if (name.startsWith("SPRINGLINE_")
                && !SERVICE_LINK.matcher(name).matches()
                && !known.containsVariable(name)) {
            String key = name.toLowerCase(Locale.ROOT).replace('_', '.');
            log.atWarn()
                    .addKeyValue("variable", name)
                    .addKeyValue("nearest", known.nearest(key))
                    .log(
                            "environment variable is ignored: it matches no property of Springline;"
                                    + " correct or remove it");
        }
    }
}
