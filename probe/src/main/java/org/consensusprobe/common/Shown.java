package org.consensusprobe.common;

import java.util.Collection;
import java.util.stream.Collectors;

/** How text from untrusted files is shown in messages: on one line, clipped, control characters made visible. */
public final class Shown {
    private static final int MAX_LENGTH = 100;
    private static final int FIRST_FEW = 3;

    private Shown() {}

    /** The text with control characters as {@code \}{@code uXXXX}, clipped to 100 characters. */
    public static String text(String untrusted) {
        return text(untrusted, MAX_LENGTH);
    }

    /** As {@link #text(String)}, clipped to another length. */
    public static String text(String untrusted, int maxLength) {
        boolean clipped = untrusted.length() > maxLength;
        StringBuilder shown = new StringBuilder();
        untrusted.chars().limit(maxLength).forEach(c -> {
            if (isHarmless((char) c)) {
                shown.append((char) c);
            } else {
                shown.append(String.format("\\u%04x", c));
            }
        });
        return clipped ? shown.append('…').toString() : shown.toString();
    }

    /** The first three of many names, and how many there are beyond: {@code a, b, c and 7 more}. */
    public static String firstFew(Collection<String> names) {
        String first = names.stream().limit(FIRST_FEW).map(Shown::text).collect(Collectors.joining(", "));
        return names.size() <= FIRST_FEW ? first : first + " and " + (names.size() - FIRST_FEW) + " more";
    }

    /** Refuses what could move the cursor, start a second line or turn the direction of writing. */
    private static boolean isHarmless(char c) {
        int type = Character.getType(c);
        return !Character.isISOControl(c)
                && type != Character.FORMAT
                && type != Character.LINE_SEPARATOR
                && type != Character.PARAGRAPH_SEPARATOR;
    }
}
