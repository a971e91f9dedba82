package io.springline.jsonrpc.codec;

import java.io.OutputStream;
import java.util.ArrayList;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.cbor.CBORFactory;
import tools.jackson.dataformat.cbor.CBORGenerator;
import tools.jackson.dataformat.cbor.CBORWriteFeature;

/** JSON-RPC messages as CBOR (RFC 8949), read by {@link CborReader} and written by Jackson. */
final class CborCodec extends JsonRpcCodec {

    private final int maxStringLength;
    private final boolean byteStrings;
    private final CBORFactory cbor =
            CBORFactory.builder()
                    .enable(CBORWriteFeature.WRITE_MINIMAL_DOUBLES)
                    .enable(CBORWriteFeature.LENIENT_UTF_ENCODING)
                    .build();

    CborCodec(int maxStringLength, boolean byteStrings) {
        this.maxStringLength = maxStringLength;
        this.byteStrings = byteStrings;
    }

    @Override
    public boolean isBinary() {
        return true;
    }

    @Override
    JsonGenerator generator(OutputStream bytes) {
        var out = (CBORGenerator) cbor.createGenerator(ObjectWriteContext.empty(), bytes);
        return new CborWriter(out, byteStrings);
    }

    @Override
    public Decoded decode(byte[] bytes) {
        if (bytes.length == 0) {
            return new Decoded.Ignored("empty message");
        }
        try {
            return switch (CborReader.read(bytes, maxStringLength)) {
                case ObjectNode object -> Envelope.classify(object);
                case ArrayNode array -> batch(array);
                default -> Envelope.notAnObject();
            };
        } catch (CborReader.NotReadableException e) {
            return Envelope.parseError(e.what());
        }
    }

    static byte[] asJson(byte[] message) {
        if (message.length == 0) {
            return message;
        }
        try {
            return JsonMapper.shared()
                    .writeValueAsBytes(CborReader.read(message, Integer.MAX_VALUE));
        } catch (CborReader.NotReadableException e) {
            return JsonMapper.shared().writeValueAsBytes(e.what());
        }
    }

    private static Decoded batch(ArrayNode array) {
        if (array.size() > MAX_BATCH) {
            return Envelope.tooManyElements();
        }
        var elements = new ArrayList<Decoded.Single>();
        for (JsonNode each : array) {
            elements.add(
                    each instanceof ObjectNode object
                            ? Envelope.classify(object)
                            : Envelope.notAnObject());
        }
        return new Decoded.Batch(elements);
    }
}
