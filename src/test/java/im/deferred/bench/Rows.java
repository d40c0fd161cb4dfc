package im.deferred.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What was measured in one set of rounds, each row beside the reference row: printed as medians. */
final class Rows {
    private final String title;
    private final String unit;
    private final Map<String, List<Double>> rows = new LinkedHashMap<>();
    private final Map<String, String> failures = new LinkedHashMap<>();

    Rows(String title, String unit) {
        this.title = title;
        this.unit = unit;
    }

    void add(String row, double value) {
        rows.computeIfAbsent(row, name -> new ArrayList<>()).add(value);
    }

    /** The row is given up: it has no value. */
    void fail(String row, String reason) {
        rows.remove(row);
        failures.put(row, reason);
    }

    boolean hasFailed(String row) {
        return failures.containsKey(row);
    }

    /** Prints the rows in the order in which they came; the reference may be none of them. */
    void print(String reference) {
        System.out.printf("%n%-58s %12s  %-25s %s%n", title, unit, "least - most", "ratio to " + reference);
        rows.forEach((name, values) -> System.out.printf(
                Locale.ROOT,
                "  %-56s %,12.0f  %-25s %s%n",
                name,
                median(values),
                String.format(Locale.ROOT, "%,.0f - %,.0f", Collections.min(values), Collections.max(values)),
                rows.containsKey(reference)
                        ? String.format(Locale.ROOT, "%.2f", median(values) / median(rows.get(reference)))
                        : "-"));
        failures.forEach((name, reason) -> System.out.printf("  %-56s failed: %s%n", name, reason));
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
