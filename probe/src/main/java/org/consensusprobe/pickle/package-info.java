/**
 * Files of Python's {@code torch.save}: what tensors they hold, and where. Nothing in them is run, and nothing is built but a
 * table of tensors.
 */
package org.consensusprobe.pickle;
