package org.consensusprobe.experiment.units;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * Which units are made together, one after the other by one process. Units of one checkpoint stay together, so that a node maps
 * and hashes its files once; the longest are dealt first, each to whoever has least.
 */
public final class Tasks {
    /** The share of a task's time for which its files' place is worth waiting. */
    private static final double PATIENCE = 0.03;

    /** What a unit takes beside its blocks. */
    private static final double SECONDS_TO_BEGIN = 1;

    private Tasks() {}

    private static final class Bin {
        private final int index;
        private final List<Unit> units = new ArrayList<>();
        private double seconds;

        private Bin(int index) {
            this.index = index;
        }

        private void add(Unit unit) {
            units.add(unit);
            seconds += unit.cost().seconds() + SECONDS_TO_BEGIN;
        }

        private static final Comparator<Bin> LEAST_FIRST =
                Comparator.<Bin>comparingDouble(bin -> bin.seconds).thenComparingInt(bin -> bin.index);
    }

    /**
     * As many tasks as make sense where there are nodes enough: a unit as long as a task should be is one of its own, shorter
     * ones are put together to at least that.
     *
     * @param seconds that a task should come to
     * @return tasks, the longest first
     */
    public static List<List<Unit>> pack(List<Unit> units, double seconds) {
        List<Bin> bins = new ArrayList<>();
        List<Unit> left = new ArrayList<>();
        for (List<Unit> alike : byCheckpoint(units)) {
            List<Unit> little = new ArrayList<>();
            for (Unit unit : alike) {
                if (unit.cost().seconds() >= seconds) {
                    Bin own = new Bin(bins.size());
                    own.add(unit);
                    bins.add(own);
                } else {
                    little.add(unit);
                }
            }
            int count = (int) (total(little) / seconds);
            if (count == 0) {
                left.addAll(little);
            } else {
                bins.addAll(dealAlike(little, count));
            }
        }
        // what is left of each checkpoint is less than a task: several of them make one
        Bin open = null;
        for (Unit unit : left) {
            if (open == null || open.seconds >= seconds) {
                open = new Bin(bins.size());
                bins.add(open);
            }
            open.add(unit);
        }
        return bins.stream()
                .sorted(Comparator.comparingDouble((Bin bin) -> -bin.seconds))
                .map(bin -> bin.units)
                .toList();
    }

    private static List<Bin> dealAlike(List<Unit> units, int count) {
        PriorityQueue<Bin> bins = new PriorityQueue<>(Bin.LEAST_FIRST);
        List<Bin> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Bin bin = new Bin(i);
            bins.add(bin);
            all.add(bin);
        }
        for (Unit unit : longestFirst(units)) {
            Bin least = bins.remove();
            least.add(unit);
            bins.add(least);
        }
        return all;
    }

    /**
     * So many tasks, no matter how short: for schedulers that are told a number of them. Every unit is in one; the same units
     * give the same tasks everywhere.
     *
     * @return tasks in order; some are empty where there are fewer units
     */
    public static List<List<Unit>> deal(List<Unit> units, int count) {
        double fair = (total(units) + units.size() * SECONDS_TO_BEGIN) / count;
        PriorityQueue<Bin> least = new PriorityQueue<>(Bin.LEAST_FIRST);
        List<Bin> bins = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            bins.add(new Bin(i));
            least.add(bins.get(i));
        }
        Map<String, List<Bin>> holders = new HashMap<>();
        for (Unit unit : longestFirst(units)) {
            List<Bin> own = holders.computeIfAbsent(unit.cost().checkpoint(), c -> new ArrayList<>());
            Bin shortest = least.peek();
            // a unit goes where its files are, as long as that keeps hardly anybody waiting
            Bin bin = own.stream()
                    .min(Bin.LEAST_FIRST)
                    .filter(held -> held.seconds <= shortest.seconds + PATIENCE * fair)
                    .orElse(shortest);
            least.remove(bin);
            bin.add(unit);
            least.add(bin);
            if (!own.contains(bin)) {
                own.add(bin);
            }
        }
        return bins.stream().map(bin -> bin.units).toList();
    }

    private static List<List<Unit>> byCheckpoint(List<Unit> units) {
        Map<String, List<Unit>> groups = new LinkedHashMap<>();
        units.forEach(unit -> groups.computeIfAbsent(unit.cost().checkpoint(), c -> new ArrayList<>())
                .add(unit));
        return List.copyOf(groups.values());
    }

    private static List<Unit> longestFirst(List<Unit> units) {
        return units.stream()
                .sorted(Comparator.comparingDouble((Unit unit) -> -unit.cost().seconds()))
                .toList();
    }

    private static double total(List<Unit> units) {
        return units.stream().mapToDouble(unit -> unit.cost().seconds()).sum();
    }
}
