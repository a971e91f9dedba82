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
 * The id of a request, echoed exactly as received. The JSON type is part of the identity: {@code 1}
 * and {@code "1"} are two ids. Progress tokens and subscription ids follow the same rule.
 *
 * <p>Each form can be compared with itself: a peer may choose ids of equal hash, and a hash table
 * then needs an order to stay fast.
 */
public sealed interface RequestId {

    /**
     * Most characters of a string that serves as an id: what is remembered, and sent back again and
     * again, must not be as large as a message.
     */
    int MAX_LENGTH = 1024;

    /** A string, the empty one included. */
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

    /** An integer of up to 64 bits; {@code 0} is an id like any other. */
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

    /** An integer beyond 64 bits. */
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
     * The id that a JSON scalar stands for, or null when it is neither a string of at most {@value
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

    /** The JSON scalar, of the type it was read with. */
    default JsonNode toJson() {
        return switch (this) {
            case Text(var value) -> StringNode.valueOf(value);
            case Number(var value) -> LongNode.valueOf(value);
            case BigNumber(var value) -> BigIntegerNode.valueOf(value);
        };
    }

    /** Writes the scalar where a value is expected. */
    default void writeTo(JsonGenerator out) {
        switch (this) {
            case Text(var value) -> out.writeString(value);
            case Number(var value) -> out.writeNumber(value);
            case BigNumber(var value) -> out.writeNumber(value);
        }
    }
}
