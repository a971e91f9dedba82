package io.springline.relay.call;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Encrypts where a task of an upstream is into the id by which a client knows the task. So each
 * node with the same keys can find the task without any stored state, also after a restart.
 *
 * <pre>
 * t1. + base64url(key id, nonce, AES-256-GCM(expiry, upstream, tool, task id at the upstream))
 * </pre>
 *
 * A handle is valid for one principal at one endpoint, which are authenticated with it.
 * Thread-safe.
 */
public final class TaskHandles {

    /** Longest handle, in characters: clients repeat ids in an HTTP header. */
    static final int MAX_LENGTH = 511;

    /** The lifetime of a task that the upstream keeps without an end. */
    private static final Duration LONGEST = Duration.ofDays(30);

    /** The time in which the client can still read at the upstream that its task has expired. */
    private static final Duration GRACE = Duration.ofHours(1);

    private static final String PREFIX = "t1.";
    private static final int KEY_ID_BYTES = 4;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    /**
     * What a handle contains.
     *
     * @param tool the upstream's own name of the tool
     * @param task the upstream's own id of the task
     */
    record Content(String upstream, String tool, String task) {}

    private record Key(byte[] id, SecretKeySpec secret) {

        static Key of(String text) {
            try {
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(new SecretKeySpec(text.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
                byte[] secret = mac.doFinal("task handle".getBytes(StandardCharsets.UTF_8));
                byte[] id = MessageDigest.getInstance("SHA-256").digest(secret);
                return new Key(Arrays.copyOf(id, KEY_ID_BYTES), new SecretKeySpec(secret, "AES"));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private final List<Key> keys;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();

    /**
     * @param secrets must be the same on all nodes. The first one encrypts; each of them decrypts.
     *     If the list is empty, no handles are made
     */
    public TaskHandles(List<String> secrets, Clock clock) {
        this.keys = secrets.stream().map(Key::of).toList();
        this.clock = clock;
    }

    /**
     * Returns the handle of a task; null if there is no key, or if the handle would be too long.
     *
     * @param ttlMillis the lifetime of the task at the upstream; null if it has no end
     */
    @Nullable String seal(
            String principal, String endpoint, Content content, @Nullable Long ttlMillis) {
        if (keys.isEmpty()) {
            return null;
        }
        long longest = LONGEST.toMillis();
        long ttl = ttlMillis == null ? longest : Math.clamp(ttlMillis, 0, longest);
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            Key key = keys.getFirst();
            byte[] sealed =
                    cipher(Cipher.ENCRYPT_MODE, key, nonce, principal, endpoint)
                            .doFinal(bytes(content, clock.millis() + ttl + GRACE.toMillis()));
            byte[] all =
                    ByteBuffer.allocate(KEY_ID_BYTES + NONCE_BYTES + sealed.length)
                            .put(key.id())
                            .put(nonce)
                            .put(sealed)
                            .array();
            String handle = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(all);
            return handle.length() > MAX_LENGTH ? null : handle;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            return null; // a name is too long for the format
        }
    }

    /**
     * Returns the content of a handle; null if no key has made it for this principal and endpoint,
     * or if it has expired.
     */
    @Nullable Content open(String principal, String endpoint, String handle) {
        byte[] all = decoded(handle);
        if (all.length <= KEY_ID_BYTES + NONCE_BYTES) {
            return null;
        }
        byte[] id = Arrays.copyOf(all, KEY_ID_BYTES);
        byte[] nonce = Arrays.copyOfRange(all, KEY_ID_BYTES, KEY_ID_BYTES + NONCE_BYTES);
        byte[] sealed = Arrays.copyOfRange(all, KEY_ID_BYTES + NONCE_BYTES, all.length);
        for (Key key : keys) {
            if (Arrays.equals(id, key.id())) {
                try {
                    return content(
                            cipher(Cipher.DECRYPT_MODE, key, nonce, principal, endpoint)
                                    .doFinal(sealed));
                } catch (GeneralSecurityException e) {
                    return null;
                }
            }
        }
        return null;
    }

    /** Returns the bytes of the handle; none if it is not in the only form that they have. */
    private static byte[] decoded(String handle) {
        if (!handle.startsWith(PREFIX) || handle.length() > MAX_LENGTH) {
            return new byte[0];
        }
        String text = handle.substring(PREFIX.length());
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(text);
            boolean same =
                    Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(text);
            return same ? bytes : new byte[0];
        } catch (IllegalArgumentException e) {
            return new byte[0];
        }
    }

    private static Cipher cipher(int mode, Key key, byte[] nonce, String principal, String endpoint)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key.secret(), new GCMParameterSpec(TAG_BITS, nonce));
        // with the length, so that no two pairs are the same text
        String owner = endpoint.length() + " " + endpoint + principal;
        cipher.updateAAD(owner.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }

    private static byte[] bytes(Content content, long expiresMillis) throws IOException {
        var bytes = new ByteArrayOutputStream();
        var out = new DataOutputStream(bytes);
        out.writeLong(expiresMillis);
        out.writeUTF(content.upstream());
        out.writeUTF(content.tool());
        out.writeUTF(content.task());
        return bytes.toByteArray();
    }

    private @Nullable Content content(byte[] bytes) {
        var in = new DataInputStream(new ByteArrayInputStream(bytes));
        try {
            long expiresMillis = in.readLong();
            return clock.millis() < expiresMillis
                    ? new Content(in.readUTF(), in.readUTF(), in.readUTF())
                    : null;
        } catch (IOException e) {
            throw new IllegalStateException("a handle that was authenticated has another form", e);
        }
    }
}
