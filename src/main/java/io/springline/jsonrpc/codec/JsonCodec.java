package io.springline.jsonrpc.codec;

import java.io.OutputStream;
import java.util.ArrayList;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;

/** JSON-RPC messages as JSON text. */
final class JsonCodec extends JsonRpcCodec {

    /** How much longer than its digits a number that this codec writes can be: 1.5E-1000. */
    private static final int NOT_DIGITS = 10;

    private final JsonFactory json;

    JsonCodec(int maxStringLength) {
        json = factory(maxStringLength);
    }

    static JsonFactory factory(int maxStringLength) {
        var limits =
                StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .maxNumberLength(MAX_NUMBER_LENGTH + NOT_DIGITS)
                        .maxStringLength(maxStringLength)
                        .maxNameLength(MAX_KEY_LENGTH)
                        .maxTokenCount(MAX_TOKENS)
                        .build();
        return JsonFactory.builder()
                .streamReadConstraints(limits)
                .disable(TokenStreamFactory.Feature.CHARSET_DETECTION)
                .build();
    }

    @Override
    public boolean isBinary() {
        return false;
    }

    @Override
    JsonGenerator generator(OutputStream bytes) {
        return json.createGenerator(ObjectWriteContext.empty(), bytes);
    }

    @Override
    public Decoded decode(byte[] bytes) {
        try (JsonParser in =
                LargeTextParser.of(json.createParser(ObjectReadContext.empty(), bytes), bytes, 0)) {
            return decode(in);
        } catch (StreamConstraintsException | NumberFormatException e) {
            return tooLarge();
        } catch (JacksonException e) {
            return notJson();
        }
    }

    private static Decoded decode(JsonParser in) {
        Decoded decoded =
                switch (in.nextToken()) {
                    case START_OBJECT -> Envelope.classify(in);
                    case START_ARRAY -> batch(in);
                    case null -> new Decoded.Ignored("empty message");
                    default -> Envelope.notAnObject();
                };
        return in.nextToken() == null ? decoded : notJson();
    }

    private static Decoded batch(JsonParser in) {
        var elements = new ArrayList<Decoded.Single>();
        while (true) {
            JsonToken token = in.nextToken();
            if (elements.size() == MAX_BATCH && token != JsonToken.END_ARRAY) {
                return tooManyElements(in);
            }
            switch (token) {
                case START_OBJECT -> elements.add(Envelope.classify(in));
                case END_ARRAY -> {
                    return new Decoded.Batch(elements);
                }
                case START_ARRAY -> {
                    in.skipChildren();
                    elements.add(Envelope.notAnObject());
                }
                case null -> {
                    return notJson();
                }
                default -> elements.add(Envelope.notAnObject());
            }
        }
    }

    /** Reads the rest of the message, so that invalid JSON still gives a parse error. */
    private static Decoded.Malformed tooManyElements(JsonParser in) {
        while (in.nextToken() != null) {}
        return Envelope.tooManyElements();
    }

    private static Decoded.Malformed notJson() {
        return Envelope.parseError("not JSON, or an object with a duplicate key");
    }

    static Decoded.Malformed tooLarge() {
        return Envelope.parseError(
                "nested deeper than %d, a number longer than %d digits or beyond 1e%d, more than %d values, or a string that is too long"
                        .formatted(MAX_DEPTH, MAX_NUMBER_LENGTH, MAX_EXPONENT, MAX_TOKENS));
    }
}
