package org.consensusprobe.prompts;

/** A prompt as a file states it, before it is checked against a model. */
sealed interface RawPrompt {
    /** Where it stands, for messages: {@code prompts.txt, line 3}. */
    String where();

    /** A prompt given as token ids; ids beyond an int's range are held as they are, to be named in a message. */
    record Ids(String where, long[] ids) implements RawPrompt {}

    /** A prompt given as text. */
    record Text(String where, String text) implements RawPrompt {}
}
