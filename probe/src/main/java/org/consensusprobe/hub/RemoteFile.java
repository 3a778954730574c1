package org.consensusprobe.hub;

/**
 * One file of a commit on the hub.
 *
 * @param path its name in the repository, with slashes; a {@linkplain #isSafePath safe} one
 * @param size bytes
 * @param etag what the content hashes to
 */
record RemoteFile(String path, long size, Etag etag) {
    /** No file of a model is larger; a larger claim is a mistake or an attack. */
    static final long LARGEST = 1L << 44;

    RemoteFile {
        if (!isSafePath(path)) {
            throw new IllegalArgumentException("unsafe path");
        }
        if (size < 0 || size > LARGEST) {
            throw new IllegalArgumentException("absurd size");
        }
    }

    /** Whether a name stays inside its folder on every operating system: relative, no {@code ..}, no drive, no backslash. */
    static boolean isSafePath(String path) {
        if (path.isEmpty() || path.length() > 1000) {
            return false;
        }
        if (path.chars().anyMatch(c -> c < ' ' || c == 0x7f || c == '\\' || c == ':')) {
            return false;
        }
        for (String segment : path.split("/", -1)) {
            if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
                return false;
            }
        }
        return true;
    }
}
