package io.springline.feature;

import com.networknt.schema.Error;
import com.networknt.schema.SchemaException;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.dialect.Dialect;
import com.networknt.schema.dialect.Dialects;
import com.networknt.schema.keyword.NonValidationKeyword;
import com.networknt.schema.resource.SchemaLoader;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.exc.JsonNodeException;
import tools.jackson.databind.node.BooleanNode;

/**
 * A JSON Schema, compiled once; 2020-12 unless its {@code $schema} says otherwise. References out
 * of the document are never fetched: a schema with one does not compile. Safe for use by many
 * threads.
 */
public final class Schema {

    /** A larger schema is refused, in characters. */
    static final int MAX_LENGTH = 256 * 1024;

    /** So many faults are reported at most. */
    private static final int MAX_FAULTS = 5;

    private static final SchemaRegistry REGISTRY =
            SchemaRegistry.withDialects(
                    Stream.of(
                                    Dialects.getDraft202012(),
                                    Dialects.getDraft201909(),
                                    Dialects.getDraft7(),
                                    Dialects.getDraft6(),
                                    Dialects.getDraft4())
                            .map(Schema::tolerant)
                            .toList(),
                    builder ->
                            builder.schemaCacheEnabled(false)
                                    .defaultDialectId(Dialects.getDraft202012().getId())
                                    .schemaLoader(
                                            SchemaLoader.builder()
                                                    .fetchRemoteResources(false)
                                                    .block(_ -> true)
                                                    .build())
                                    .schemaRegistryConfig(
                                            SchemaRegistryConfig.builder()
                                                    .locale(Locale.ROOT)
                                                    .losslessNarrowing(true)
                                                    .preloadSchema(true)
                                                    .build()));

    private final com.networknt.schema.Schema compiled;

    /**
     * Unknown keywords are annotations; the library's own handling remembers each of them for ever.
     */
    private static Dialect tolerant(Dialect dialect) {
        return Dialect.builder(dialect)
                .unknownKeywordFactory((name, _) -> new NonValidationKeyword(name))
                .build();
    }

    private Schema(com.networknt.schema.Schema compiled) {
        this.compiled = compiled;
    }

    /**
     * @param owner what the schema belongs to, for the message
     * @throws IllegalArgumentException when it is no schema, refers out of itself or is too large
     */
    public static Schema compile(String owner, JsonNode schema) {
        if (schema.toString().length() > MAX_LENGTH) {
            throw new IllegalArgumentException(
                    "%s is larger than %d characters".formatted(owner, MAX_LENGTH));
        }
        try {
            var compiled = REGISTRY.getSchema(schema);
            compiled.initializeValidators();
            compiled.validate(BooleanNode.TRUE);
            return new Schema(compiled);
        } catch (SchemaException e) {
            throw new IllegalArgumentException(
                    "%s is not a usable JSON Schema: %s".formatted(owner, e.getMessage()), e);
        }
    }

    /** What is wrong with {@code value}, in words; empty when nothing is. */
    public List<String> validate(JsonNode value) {
        try {
            List<Error> errors = compiled.validate(value);
            return errors.isEmpty()
                    ? List.of()
                    : errors.stream().limit(MAX_FAULTS).map(Schema::fault).toList();
        } catch (JsonNodeException e) {
            // The library compares with integers as longs, and 1e400 is none.
            return List.of("a number is beyond the range of what it is compared with");
        }
    }

    private static String fault(Error error) {
        String where = error.getInstanceLocation().toString();
        return where.isEmpty() ? error.getMessage() : where + ": " + error.getMessage();
    }
}
