/** Charts: what draws axes, lines, maps and legends on a canvas that becomes PNG or SVG. It knows nothing of runs. */
package org.consensusprobe.report.chart;
