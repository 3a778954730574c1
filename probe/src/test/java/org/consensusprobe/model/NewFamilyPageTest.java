package org.consensusprobe.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.consensusprobe.common.Home;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The template for a new family compiles as it stands. */
class NewFamilyPageTest {
    private static final Pattern CODE = Pattern.compile("(?s)```java\n(.*?)```");

    @TempDir
    Path folder;

    @Test
    void theTemplateCompiles() throws IOException {
        String page = Files.readString(Home.directory().resolve("docs/new-family.md"));
        Matcher code = CODE.matcher(page);
        assertThat(code.find()).isTrue();
        Path file = Files.writeString(folder.resolve("NewFamily.java"), code.group(1));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter mistakes = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            List<String> options = List.of(
                    "-proc:none",
                    "-Xlint:all,-path,-classfile",
                    "-Werror",
                    "-d",
                    folder.toString(),
                    "-cp",
                    System.getProperty("java.class.path"));
            boolean compiled = compiler.getTask(mistakes, files, null, options, null, files.getJavaFileObjects(file))
                    .call();
            assertThat(compiled).as(mistakes.toString()).isTrue();
        }
    }
}
