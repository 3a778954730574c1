package org.consensusprobe.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonFieldsTest {
    @Test
    void readsWhatIsThere() {
        JsonFields fields = fields(
                """
                {"n_layer": 12, "eps": 1e-5, "base": 10000, "scale": true, "act": "gelu_new", "window": null,
                 "kinds": ["global", "local"], "sizes": [1, 2], "types": [[["global"], 3]]}""");

        assertThat(fields.positiveInt("n_layer", 1000)).isEqualTo(12);
        assertThat(fields.optionalPositiveInt("n_layer", 1000)).contains(12);
        assertThat(fields.positiveNumber("eps")).isEqualTo(1e-5);
        assertThat(fields.number("base")).isEqualTo(10000.0);
        assertThat(fields.bool("scale")).isTrue();
        assertThat(fields.text("act")).isEqualTo("gelu_new");
        assertThat(fields.optionalPositiveInt("window", 10)).isEmpty();
        assertThat(fields.isNull("window")).isTrue();
        assertThat(fields.has("window")).isTrue();
        assertThat(fields.texts("kinds")).containsExactly("global", "local");
        assertThat(fields.integers("sizes", 1, 2)).containsExactly(1, 2);
        assertThat(fields.list("types").get(0).get(1).intValue()).isEqualTo(3);
    }

    @Test
    void fallsBackWhereAKeyIsAbsent() {
        JsonFields fields = fields("{}");

        assertThat(fields.positiveIntOr("n", 7, 10)).isEqualTo(7);
        assertThat(fields.integerOr("pad", -1, -1, 10)).isEqualTo(-1);
        assertThat(fields.positiveNumberOr("eps", 0.5)).isEqualTo(0.5);
        assertThat(fields.boolOr("b", true)).isTrue();
        assertThat(fields.textOr("t", "x")).isEqualTo("x");
        assertThat(fields.optionalNumber("o")).isEmpty();
        assertThat(fields.optionalText("o")).isEmpty();
        assertThat(fields.object("o")).isEmpty();
        assertThat(fields.isNull("o")).isFalse();
        assertThat(fields.has("o")).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            {"n": "12"}                     | "12"
            {"n": 12.5}                     | 12.5
            {"n": NaN}                      | NaN
            {"n": -Infinity}                | -Infinity
            {"n": 1e99}                     | 1.0E99
            {"n": -3}                       | -3
            {"n": 0}                        | 0
            {"n": 5000000000}               | 5000000000
            {"n": 99999999999999999999999}  | 99999999999999999999999
            {"n": 1001}                     | 1001
            {"n": true}                     | true
            {"n": null}                     | null
            {"n": []}                       | a list of 0
            {"n": {"a": 1}}                 | an object of 1
            """)
    void refusesWhatIsNoSize(String json, String found) {
        assertRefused(
                () -> fields(json).positiveInt("n", 1000),
                "dir/config.json: n must be an integer from 1 to 1000, found " + found + ".");
        assertThatThrownBy(() -> fields(json).positiveIntOr("n", 5, 1000)).isInstanceOf(Problem.class);
    }

    @Test
    void refusesOtherConfusions() {
        String json = "{\"n\": \"x\", \"big\": 1e999, \"zero\": 0, \"list\": [1, \"a\"], \"t\": 1}";
        refused(json, f -> f.number("n"), "n must be a finite number, found \"x\"");
        refused(json, f -> f.number("big"), "big must be a finite number, found");
        refused(json, f -> f.positiveNumber("zero"), "zero must be a finite number above 0, found 0");
        refused(json, f -> f.bool("n"), "n must be true or false, found \"x\"");
        refused(json, f -> f.bool("zero"), "zero must be true or false, found 0");
        refused(json, f -> f.text("t"), "t must be a string, found 1");
        refused(json, f -> f.texts("list"), "list must be a list of strings, found a list of 2");
        refused(json, f -> f.integers("list", 0, 5), "list must be a list of integers from 0 to 5, found a list of 2");
        refused(json, f -> f.list("t"), "t must be a list, found 1");
        refused(json, f -> f.texts("t"), "t must be a list of strings, found 1");
        refused(json, f -> f.object("t"), "t must be an object, found 1");
        refused(json, f -> f.optionalText("t"), "t must be a string, found 1");
        refused(json, f -> f.positiveInt("absent"), "absent is missing; expected a positive integer");
        refused("{\"a\": \"x\\ny\\u202e\"}", f -> f.bool("a"), "a must be true or false, found \"x\\u000ay\\u202e\"");
    }

    @Test
    void namesNestedKeysInFull() {
        JsonFields rope = fields("{\"rope\": {\"theta\": \"x\", \"type\": \"yarn\"}}")
                .object("rope")
                .orElseThrow();

        assertRefused(() -> rope.number("theta"), "dir/config.json: rope.theta must be a finite number, found \"x\".");
        assertRefused(
                () -> rope.positiveInt("dim"), "dir/config.json: rope.dim is missing; expected a positive integer.");
    }

    @Test
    void knowsWhatNobodyRead() {
        JsonFields fields = fields("{\"a\": 1, \"b\": 2, \"c\": {\"x\": 1, \"y\": 2}, \"d\": {\"z\": 1}}");

        fields.positiveInt("a");
        fields.object("c").orElseThrow().positiveInt("x");
        fields.object("c").orElseThrow();
        fields.boolOr("absent_too", false);

        assertThat(fields.unread()).containsExactly("b", "c.y", "d");
    }

    @Test
    void refusesWhatIsNotImplemented() {
        JsonFields fields = fields("{\"cross\": true, \"softcap\": null, \"type\": \"yarn\", \"alpha\": 1}");

        assertRefused(
                () -> fields.implementedOnly("cross", false),
                "dir/config.json: cross is true; only false is implemented.");
        assertRefused(
                () -> fields.implementedOnly("type", "default", "linear"),
                "dir/config.json: type is \"yarn\"; only \"default\" or \"linear\" is implemented.");
        fields.implementedOnly("softcap", (Object) null);
        fields.implementedOnly("alpha", 1.0);
        fields.implementedOnly("absent", false);
        assertThat(fields.unread()).isEmpty();
    }

    @Test
    void wantsAnObject() {
        assertRefused(() -> fields("[1]"), "dir/config.json: the JSON must be a JSON object, found array.");
    }

    private static void refused(String json, Consumer<JsonFields> access, String expected) {
        assertThatThrownBy(() -> access.accept(fields(json)))
                .isInstanceOf(Problem.class)
                .hasMessageStartingWith("dir/config.json: " + expected);
    }

    private static void assertRefused(ThrowingCallable access, String message) {
        assertThatThrownBy(access).isInstanceOf(Problem.class).hasMessage(message);
    }

    private static JsonFields fields(String json) {
        return JsonFields.of(
                StrictJson.parsePython(json.getBytes(StandardCharsets.UTF_8), "test", "config"), "dir/config.json");
    }

    @Test
    void readsWholeNumbersAsPythonWritesThem() {
        assertThat(fields("{\"n\": 128.0}").positiveInt("n", 1000)).isEqualTo(128);
        assertThat(fields("{\"n\": 1.28e2}").positiveInt("n", 1000)).isEqualTo(128);
    }

    @Test
    void whatPythonWritesTwiceOrWithoutABoundMattersOnlyWhereItIsRead() {
        JsonFields fields = fields(
                "\uFEFF{\"id2label\": {\"0\": \"a\", \"0\": \"b\"}, \"limit\": [0.0, Infinity], \"x\": NaN, \"n\": 1,"
                        + " \"two\": 1, \"two\": 2, \"rope\": {\"theta\": 1, \"theta\": 1, \"factor\": -Infinity}}");

        assertThat(fields.positiveInt("n")).isEqualTo(1);
        assertRefused(
                () -> fields.positiveInt("two"), "dir/config.json: two is there more than once; expected one value.");
        assertRefused(() -> fields.has("two"), "dir/config.json: two is there more than once; expected one value.");
        JsonFields rope = fields.object("rope").orElseThrow();
        assertRefused(
                () -> rope.number("theta"), "dir/config.json: rope.theta is there more than once; expected one value.");
        assertRefused(
                () -> rope.number("factor"), "dir/config.json: rope.factor must be a finite number, found -Infinity.");
        assertRefused(() -> fields.number("x"), "dir/config.json: x must be a finite number, found NaN.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"n\": NaN}",
                "{\"n\": -Infinity}",
                "{\"n\": 1, \"n\": 2}",
                "{\"n\": 01}",
                "{\"n\": .5}",
                "{\"n\": +5}",
                "{\"n\": 5.}",
                "{'n': 1}",
                "{n: 1}",
                "{\"n\": 1,}",
                "[1,,2]",
                "{\"n\": 1} // so",
                "/* so */ {}",
                "# so\n{}",
                "{\"n\": \"a\nb\"}",
                "{\"n\": \"a\\qb\"}",
                "{\"n\": tru}",
                "{\"n\": None}",
                "{\"n\": ",
                "{\"n\"",
                "{\"n\": \"a",
                "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
            })
    void noMessageAdvisesAnOptionOfALibrary(String json) {
        assertThatThrownBy(() -> StrictJson.parse(json.getBytes(StandardCharsets.UTF_8), "test", "config"))
                .isInstanceOf(Problem.class)
                .satisfies(e -> assertThat(e.getMessage())
                        .doesNotContain(
                                "Feature", "`", "StreamRead", "ALLOW", "enable", "code ", "marker", "Source", "entries")
                        .doesNotContain("a mistake in its syntax")
                        .doesNotContainPattern("[A-Z]+_[A-Z]+")
                        .startsWith("test: the config is not valid JSON: "));
    }
}
