package io.springline.feature.schema;

import com.networknt.schema.Error;
import com.networknt.schema.ExecutionConfig;
import com.networknt.schema.ExecutionContext;
import com.networknt.schema.SchemaException;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.ValidationLimitExceededException;
import com.networknt.schema.dialect.Dialect;
import com.networknt.schema.dialect.Dialects;
import com.networknt.schema.keyword.NonValidationKeyword;
import com.networknt.schema.regex.RegularExpression;
import com.networknt.schema.regex.RegularExpressionFactory;
import com.networknt.schema.resource.SchemaLoader;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.exc.JsonNodeException;
import tools.jackson.databind.node.BooleanNode;

/**
 * A JSON Schema, compiled once; 2020-12 unless its {@code $schema} says otherwise. References out
 * of the document are never fetched: a schema with one does not compile. {@code format}, {@code
 * contentEncoding} and {@code contentMediaType} are annotations. Safe for use by many threads.
 *
 * <p>What a value costs is bounded: patterns are matched in linear time ({@link LinearPattern}),
 * and a value that takes more than {@value #MAX_STEPS} steps is a fault.
 */
public final class Schema {

    /** A larger schema is refused, in characters. */
    static final int MAX_LENGTH = 256 * 1024;

    /** Most faults that are reported and kept. */
    private static final int MAX_FAULTS = 5;

    /** Longest fault, in characters; names of members are the caller's. */
    private static final int MAX_FAULT_LENGTH = 400;

    /** Most schemas and keywords that are held against the parts of one value. */
    static final int MAX_STEPS = 20_000_000;

    /** The same for an answer to a form, whose schema may be an upstream's. */
    private static final int MAX_FORM_STEPS = 200_000;

    /**
     * Deepest evaluation; a message is nested less deep, so only an endless reference is deeper.
     */
    private static final int MAX_EVALUATION_DEPTH = 1000;

    /** What compiles schemas of one origin, and how much one of them may cost. */
    private record Origin(SchemaRegistry registry, ExecutionConfig limits) {

        /** Of this service and its plug-ins. */
        static final Origin OWN =
                new Origin(registryWith(LinearPattern::new), stepsUpTo(MAX_STEPS));

        /** Any text matches a pattern that {@link LinearPattern} does not support. */
        static final Origin FORM =
                new Origin(registryWith(Schema::patternOrAnything), stepsUpTo(MAX_FORM_STEPS));
    }

    private static ExecutionConfig stepsUpTo(int steps) {
        return ExecutionConfig.builder()
                .locale(Locale.ROOT)
                .formatAssertionsEnabled(false)
                .maxEvaluationSteps(steps)
                .maxEvaluationDepth(MAX_EVALUATION_DEPTH)
                .build();
    }

    private static SchemaRegistry registryWith(RegularExpressionFactory patterns) {
        return SchemaRegistry.withDialects(
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
                                                .losslessNarrowing(true)
                                                .preloadSchema(true)
                                                .regularExpressionFactory(patterns)
                                                .build()));
    }

    private static RegularExpression patternOrAnything(String regex) {
        try {
            return new LinearPattern(regex);
        } catch (IllegalArgumentException e) {
            return _ -> true;
        }
    }

    private final com.networknt.schema.Schema compiled;
    private final ExecutionConfig limits;

    /**
     * Unknown keywords are annotations; the library's own handling remembers each of them for ever.
     * Its content keywords match by backtracking, and its {@code uniqueItems} by hashes that a
     * caller can make equal.
     */
    private static Dialect tolerant(Dialect dialect) {
        return Dialect.builder(dialect)
                .unknownKeywordFactory((name, _) -> new NonValidationKeyword(name))
                .keyword(new NonValidationKeyword("contentEncoding"))
                .keyword(new NonValidationKeyword("contentMediaType"))
                .keyword(new UniqueItems())
                .build();
    }

    private Schema(com.networknt.schema.Schema compiled, ExecutionConfig limits) {
        this.compiled = compiled;
        this.limits = limits;
    }

    /**
     * @param owner what the schema belongs to, for the message
     * @throws IllegalArgumentException if it is no schema, refers out of itself, is too large, or
     *     has a pattern that cannot be matched in linear time
     */
    public static Schema compile(String owner, JsonNode schema) {
        return compile(Origin.OWN, owner, schema);
    }

    /**
     * The schema of a form that a client fills in, which an upstream may have written. Patterns
     * that cannot be matched in linear time are not checked: whoever asks for the form checks the
     * answer.
     *
     * @throws IllegalArgumentException if it is no schema, refers out of itself or is too large
     */
    public static Schema ofForm(JsonNode schema) {
        return compile(Origin.FORM, "requestedSchema", schema);
    }

    private static Schema compile(Origin origin, String owner, JsonNode schema) {
        if (schema.toString().length() > MAX_LENGTH) {
            throw new IllegalArgumentException(
                    "%s is larger than %d characters".formatted(owner, MAX_LENGTH));
        }
        try {
            var library = origin.registry.getSchema(schema);
            library.initializeValidators();
            var compiled = new Schema(library, origin.limits);
            compiled.evaluate(BooleanNode.TRUE);
            return compiled;
        } catch (SchemaException | IllegalArgumentException | ValidationLimitExceededException e) {
            throw new IllegalArgumentException(
                    "%s is not a usable JSON Schema: %s".formatted(owner, e.getMessage()), e);
        }
    }

    /** What is wrong with {@code value}, in words; empty when nothing is. */
    public List<String> validate(JsonNode value) {
        try {
            List<Error> errors = evaluate(value);
            return errors.isEmpty() ? List.of() : errors.stream().map(Schema::fault).toList();
        } catch (JsonNodeException e) {
            // The library compares with integers as longs, and 1e400 is none.
            return List.of("a number is beyond the range of what it is compared with");
        } catch (ValidationLimitExceededException e) {
            return List.of("it takes too many steps to check");
        }
    }

    private List<Error> evaluate(JsonNode value) {
        var faults = new FirstFaults(limits);
        compiled.validate(faults, value);
        return faults.getErrors();
    }

    private static String fault(Error error) {
        String where = error.getInstanceLocation().toString();
        String fault = where.isEmpty() ? error.getMessage() : where + ": " + error.getMessage();
        return fault.length() > MAX_FAULT_LENGTH
                ? fault.substring(0, MAX_FAULT_LENGTH) + "…"
                : fault;
    }

    /** Drops what is beyond the first faults: a value may have as many as it has parts. */
    private static final class FirstFaults extends ExecutionContext {

        FirstFaults(ExecutionConfig limits) {
            super(limits);
        }

        @Override
        public void addError(Error error) {
            if (getErrors().size() < MAX_FAULTS) {
                super.addError(error);
            }
        }

        /** The library puts a list aside to look whether one of several schemas fits. */
        @Override
        public void setErrors(List<Error> errors) {
            if (errors.size() > MAX_FAULTS) {
                errors.subList(MAX_FAULTS, errors.size()).clear();
            }
            super.setErrors(errors);
        }
    }
}
