/**
 * Finding a checkpoint: an alias of {@code models/}, a directory, the Hugging Face cache, or a download into that cache.
 *
 * <p>Stands alone: the JDK, Jackson and {@code common}. The cache is huggingface_hub's, in both directions, and answers of
 * a hub are untrusted: names, sizes and hashes are checked before a byte is put in place.
 */
package org.consensusprobe.hub;
