/**
 * GGUF files, the format of ggml and llama.cpp (specification: {@code docs/gguf.md} of ggml-org/ggml): header, metadata and
 * table of tensors, checked before they are believed. What the entries mean is known elsewhere.
 */
package org.consensusprobe.gguf;
