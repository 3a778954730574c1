/** Figures, from results alone. */
package org.consensusprobe.report;
