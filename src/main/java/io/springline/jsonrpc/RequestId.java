package io.springline.jsonrpc;

import java.math.BigInteger;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.BigIntegerNode;
import tools.jackson.databind.node.LongNode;
import tools.jackson.databind.node.StringNode;

/**
 * The id of a request. It is sent back exactly as received, with its JSON type: {@code 1} and
 * {@code "1"} are different ids. Progress tokens and subscription ids follow the same rule.
 *
 * <p>Each type is {@link Comparable}, which keeps hash tables fast when a peer chooses ids with
 * equal hashes.
 */
public sealed interface RequestId {

    /**
     * Longest string id in characters. Ids are kept and sent back, so they must be much smaller
     * than messages.
     */
    int MAX_LENGTH = 1024;

    /** A string. May be empty. */
    record Text(String value) implements RequestId, Comparable<Text> {
        public Text {
            Objects.requireNonNull(value, "value");
        }

        @Override
        public int compareTo(Text other) {
            return value.compareTo(other.value);
        }

        @Override
        public String toString() {
            String shown = value.length() > 64 ? value.substring(0, 64) + "…" : value;
            return '"' + shown + '"';
        }
    }

    /** An integer of up to 64 bits. */
    record Number(long value) implements RequestId, Comparable<Number> {
        @Override
        public int compareTo(Number other) {
            return Long.compare(value, other.value);
        }

        @Override
        public String toString() {
            return Long.toString(value);
        }
    }

    /** An integer of more than 64 bits. */
    record BigNumber(BigInteger value) implements RequestId, Comparable<BigNumber> {
        public BigNumber {
            if (value.bitLength() < 64) {
                throw new IllegalArgumentException(
                        "an integer of 64 bits or less is a Number: " + value);
            }
        }

        @Override
        public int compareTo(BigNumber other) {
            return value.compareTo(other.value);
        }

        @Override
        public String toString() {
            return value.toString();
        }
    }

    /**
     * Returns the id for a JSON value, or null if the value is neither a string of at most {@value
     * #MAX_LENGTH} characters nor an integer.
     */
    static @Nullable RequestId of(@Nullable JsonNode node) {
        if (node == null) {
            return null;
        }
        if (node.isString()) {
            String text = node.stringValue();
            return text.length() <= MAX_LENGTH ? new Text(text) : null;
        }
        if (!node.isIntegralNumber()) {
            return null;
        }
        return node.canConvertToLong()
                ? new Number(node.longValue())
                : new BigNumber(node.bigIntegerValue());
    }

    /** Returns the id as a JSON value of its original type. */
    default JsonNode toJson() {
        return switch (this) {
            case Text(var value) -> StringNode.valueOf(value);
            case Number(var value) -> LongNode.valueOf(value);
            case BigNumber(var value) -> BigIntegerNode.valueOf(value);
        };
    }

    /** Writes the id as a JSON value. */
    default void writeTo(JsonGenerator out) {
        switch (this) {
            case Text(var value) -> out.writeString(value);
            case Number(var value) -> out.writeNumber(value);
            case BigNumber(var value) -> out.writeNumber(value);
        }
    }
}
