package org.consensusprobe.hub;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The hub's name for a file's content, which is also the blob's file name in the cache: the SHA-256 of a large file, the
 * git blob id (SHA-1) of a small one, or, on some mirrors, a text of their own that proves nothing.
 *
 * @param text the tag without quotes; safe as a file name
 */
record Etag(String text) {
    private static final Pattern SAFE = Pattern.compile("[A-Za-z0-9_+=~-][A-Za-z0-9._+=~-]{0,199}");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern GIT_BLOB = Pattern.compile("[0-9a-f]{40}");

    Etag {
        if (!SAFE.matcher(text).matches()) {
            throw new IllegalArgumentException("not a safe etag");
        }
    }

    /** The tag of an {@code ETag} header, weak or strong; empty if it is missing or no file name. */
    static Optional<Etag> ofHeader(String header) {
        return Optional.ofNullable(header)
                .map(h -> h.strip().replaceFirst("^W/", "").replaceAll("^\"|\"$", ""))
                .filter(t -> SAFE.matcher(t).matches())
                .map(Etag::new);
    }

    /** Whether the tag is a hash of the content, so that the content can be checked against it. */
    boolean isContentHash() {
        return isSha256() || GIT_BLOB.matcher(text).matches();
    }

    /** Whether a file of {@code size} bytes with this digest has this tag; true for tags that prove nothing. */
    boolean matches(byte[] digest) {
        return !isContentHash() || text.equals(HexFormat.of().formatHex(digest));
    }

    /** The digest to feed with the {@code size} bytes of the content; for {@link #matches}. */
    MessageDigest digest(long size) {
        try {
            if (isSha256() || !isContentHash()) {
                return MessageDigest.getInstance("SHA-256");
            }
            MessageDigest gitBlob = MessageDigest.getInstance("SHA-1");
            gitBlob.update(("blob " + size + "\0").getBytes(StandardCharsets.UTF_8));
            return gitBlob;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1 and SHA-256", e);
        }
    }

    /** The hash's name for messages. */
    String algorithm() {
        return isSha256() ? "SHA-256" : "git blob SHA-1";
    }

    @Override
    public String toString() {
        return text;
    }

    private boolean isSha256() {
        return SHA256.matcher(text).matches();
    }
}
