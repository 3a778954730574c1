/** Which part of a model makes its curve: blocks, halves and heads left out one at a time. */
package org.consensusprobe.experiment.attribute;
