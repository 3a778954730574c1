/** Whether the numbers of a device are right in a dtype: a test beside float64 on the CPU, and what is remembered of it. */
package org.consensusprobe.doctor;
