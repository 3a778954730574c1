/** The numbers behind the figures: depths, rates with their intervals, and differences, from recorded errors alone. */
package org.consensusprobe.report.stats;
