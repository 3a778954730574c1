/** Whether states that go through a loop again and again settle, cycle, drift, wander or diverge, judged from recorded runs. */
package org.consensusprobe.experiment.settle;
