package org.consensusprobe.gguf;

/**
 * A list among a file's metadata, left where it is: vocabularies have hundreds of thousands of entries.
 *
 * @param type the type of all its entries
 * @param count how many there are
 * @param offset the first entry's first byte, counted from the start of the file
 */
record GgufArray(GgufValueType type, long count, long offset) {}
