package io.springline.relay.consent;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Encrypts values with AES-256-GCM. A value belongs to one place: at another place it cannot be
 * decrypted. Thread-safe.
 */
final class ConsentCipher {

    private static final int IV_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final List<SecretKeySpec> keys;
    private final SecureRandom random = new SecureRandom();

    /**
     * @param secrets the first one encrypts, each of them decrypts. If empty, a random key is used
     */
    ConsentCipher(List<String> secrets) {
        this.keys =
                (secrets.isEmpty() ? List.of(randomText()) : secrets)
                        .stream().map(secret -> new SecretKeySpec(sha256(secret), "AES")).toList();
    }

    /** Returns a text of 256 random bits that can be part of a URL. */
    String randomText() {
        byte[] bytes = new byte[32];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns a hash of a text, which can be part of a URL. */
    static String digest(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(sha256(text));
    }

    String encrypt(String place, String value) {
        byte[] iv = new byte[IV_BYTES];
        random.nextBytes(iv);
        try {
            byte[] text =
                    cipher(Cipher.ENCRYPT_MODE, keys.getFirst(), iv, place)
                            .doFinal(value.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder()
                    .encodeToString(
                            ByteBuffer.allocate(iv.length + text.length).put(iv).put(text).array());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the value, or empty if it was encrypted with another key or for another place. */
    Optional<String> decrypt(String place, String encrypted) {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(encrypted);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        if (bytes.length <= IV_BYTES) {
            return Optional.empty();
        }
        byte[] iv = Arrays.copyOf(bytes, IV_BYTES);
        for (SecretKeySpec key : keys) {
            try {
                byte[] text =
                        cipher(Cipher.DECRYPT_MODE, key, iv, place)
                                .doFinal(bytes, IV_BYTES, bytes.length - IV_BYTES);
                return Optional.of(new String(text, StandardCharsets.UTF_8));
            } catch (GeneralSecurityException e) {
                // another key may fit
            }
        }
        return Optional.empty();
    }

    private static Cipher cipher(int mode, SecretKeySpec key, byte[] iv, String place)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, iv));
        cipher.updateAAD(place.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }

    /** Compares two secrets in a time that does not depend on where they differ. */
    static boolean isEqual(String expected, String actual) {
        return MessageDigest.isEqual(
                expected.getBytes(StandardCharsets.UTF_8), actual.getBytes(StandardCharsets.UTF_8));
    }
}
