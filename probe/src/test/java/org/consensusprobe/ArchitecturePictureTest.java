package org.consensusprobe;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.consensusprobe.common.Home;

/** The picture in docs/architecture.md is that of the packages: what the arrows leave out can be reached along others. */
@AnalyzeClasses(packages = "org.consensusprobe", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitecturePictureTest {
    private static final Pattern ARROW = Pattern.compile("(?m)^ +(\\w+) --> (\\w+)$");
    private static final Pattern ROOM = Pattern.compile("(?m)^ +(\\w+)\\[\"\\w+<br/>.*\"\\]$");

    @ArchTest
    void arrowsAreThoseOfTheImports(JavaClasses classes) throws IOException {
        Map<String, Set<String>> uses = uses(classes);
        Set<String> expected = new TreeSet<>();
        uses.forEach((from, to) -> to.stream()
                .filter(room -> to.stream().noneMatch(other -> reaches(uses, other, room)))
                .forEach(room -> expected.add(from + " --> " + room)));
        String page = Files.readString(Home.directory().resolve("docs/architecture.md"));
        Set<String> drawn = new TreeSet<>();
        Matcher arrow = ARROW.matcher(page);
        while (arrow.find()) {
            drawn.add(arrow.group(1) + " --> " + arrow.group(2));
        }
        assertThat(drawn).as("the arrows of docs/architecture.md").isEqualTo(expected);
        Set<String> rooms = new TreeSet<>();
        Matcher room = ROOM.matcher(page);
        while (room.find()) {
            rooms.add(room.group(1));
        }
        assertThat(rooms).as("the rooms of docs/architecture.md").isEqualTo(uses.keySet());
    }

    /** By room, the others that it uses; common, which all may use, is not among them. */
    private static Map<String, Set<String>> uses(JavaClasses classes) {
        Map<String, Set<String>> uses = new TreeMap<>();
        for (JavaClass type : classes) {
            String room = room(type);
            if (!room.isEmpty() && !room.equals("common")) {
                uses.computeIfAbsent(room, r -> new TreeSet<>())
                        .addAll(type.getDirectDependenciesFromSelf().stream()
                                .map(d -> room(d.getTargetClass()))
                                .filter(to -> !to.isEmpty() && !to.equals(room) && !to.equals("common"))
                                .collect(Collectors.toSet()));
            }
        }
        return uses;
    }

    private static String room(JavaClass type) {
        String[] parts = type.getPackageName().split("\\.");
        return type.getPackageName().startsWith("org.consensusprobe.") ? parts[2] : "";
    }

    private static boolean reaches(Map<String, Set<String>> uses, String from, String to) {
        return uses.get(from).stream().anyMatch(next -> next.equals(to) || reaches(uses, next, to));
    }
}
