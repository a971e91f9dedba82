package io.springline.deploy;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.convert.DurationStyle;
import org.yaml.snakeyaml.Yaml;

/**
 * The {@code application.yml} that the chart makes.
 *
 * @param tree as YAML nests it
 */
record ServiceSettings(Map<String, Object> tree) {

    static ServiceSettings of(Manifests manifests) {
        return new ServiceSettings(new Yaml().load(manifests.files().get("application.yml")));
    }

    /**
     * @param name of the property, which no key with a dot is part of
     */
    @Nullable Object value(String name) {
        Object value = tree;
        for (String key : name.split("\\.")) {
            value = value instanceof Map<?, ?> map ? map.get(key) : null;
        }
        return value;
    }

    long seconds(String name) {
        Duration duration = DurationStyle.detectAndParse(String.valueOf(value(name)));
        return duration.toSeconds();
    }

    String yaml() {
        return new Yaml().dump(tree);
    }
}
