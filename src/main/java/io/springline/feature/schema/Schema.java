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
 * A compiled JSON Schema. Thread-safe. The dialect is 2020-12 unless {@code $schema} names another.
 *
 * <p>A schema with a reference to another document does not compile: nothing is fetched. {@code
 * format}, {@code contentEncoding} and {@code contentMediaType} are not checked.
 *
 * <p>The cost of a validation is bounded: patterns are matched in linear time ({@link
 * LinearPattern}), and a value that takes more than {@value #MAX_STEPS} steps is invalid.
 */
public final class Schema {

    /** Longest schema in characters. */
    static final int MAX_LENGTH = 256 * 1024;

    /** Most errors that are collected and reported. */
    private static final int MAX_FAULTS = 5;

    /** Longest error text in characters, because it can contain the caller's member names. */
    private static final int MAX_FAULT_LENGTH = 400;

    /**
     * Most evaluation steps per value: one per schema and keyword that is applied to a part of the
     * value.
     */
    static final int MAX_STEPS = 20_000_000;

    /** The same limit for the answer to a form, whose schema may come from an upstream. */
    private static final int MAX_FORM_STEPS = 200_000;

    /**
     * Deepest evaluation. Messages are nested less deeply, so only an endless reference exceeds it.
     */
    private static final int MAX_EVALUATION_DEPTH = 1000;

    /** The compiler and the limits for schemas of one origin. */
    private record Origin(SchemaRegistry registry, ExecutionConfig limits) {

        /** For schemas of this service and its plug-ins. */
        static final Origin OWN =
                new Origin(registryWith(LinearPattern::new), stepsUpTo(MAX_STEPS));

        /** For forms: a pattern that {@link LinearPattern} does not support matches any text. */
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
     * Returns a dialect without some expensive parts of the library: its handling of unknown
     * keywords caches each of them forever, its content keywords use backtracking, and its {@code
     * uniqueItems} uses hashes for which a caller can construct collisions.
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
     * @param owner what the schema belongs to, for error messages
     * @throws IllegalArgumentException if the schema is invalid, references another document, is
     *     too large, or has a pattern that cannot be matched in linear time
     */
    public static Schema compile(String owner, JsonNode schema) {
        return compile(Origin.OWN, owner, schema);
    }

    /**
     * Compiles the schema of a form for the client's user, which may come from an upstream.
     * Patterns that cannot be matched in linear time are ignored; the upstream checks the answer
     * itself.
     *
     * @throws IllegalArgumentException if the schema is invalid, references another document or is
     *     too large
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

    /** Returns the errors in {@code value} as texts. Empty if it is valid. */
    public List<String> validate(JsonNode value) {
        try {
            List<Error> errors = evaluate(value);
            return errors.isEmpty() ? List.of() : errors.stream().map(Schema::fault).toList();
        } catch (JsonNodeException e) {
            // The library converts integers to long, which fails for 1e400.
            return List.of("a number is too large to be compared with the limits in the schema");
        } catch (ValidationLimitExceededException e) {
            return List.of("the value takes too many steps to check");
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

    /** Keeps only the first errors: a value may have one per part. */
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

        /** Called by the library with a saved list after it has tried alternatives. */
        @Override
        public void setErrors(List<Error> errors) {
            if (errors.size() > MAX_FAULTS) {
                errors.subList(MAX_FAULTS, errors.size()).clear();
            }
            super.setErrors(errors);
        }
    }
}
