package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.consensusprobe.experiment.TinyGpt2;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class SweepCommandTest {
    private static final FileTime LONG_AGO = FileTime.fromMillis(0);

    @TempDir
    Path folder;

    private Path model;
    private Path out;
    private StringWriter stdout;
    private StringWriter stderr;

    @BeforeEach
    void makeModel() {
        model = new TinyGpt2(2).write(folder.resolve("tiny"));
        out = folder.resolve("out");
    }

    @Test
    void runsAGridOnceAndUsesItAgain() throws IOException {
        Path file = write("{'passes': 2, 'prompts': 'random:3x8', 'figure': {'rows': ['weights']},"
                + " 'grid': {'model': '%s', 'weights': ['trained', 'random'], 'feed_forward': [true, false]}}");
        assertThat(run("sweep", file.toString(), "--out", out.toString()))
                .as("%s", stderr)
                .isZero();
        assertThat(stdout.toString()).contains("4 of 4 runs to make: about ").contains("curves.csv");
        List<String> curves = Files.readAllLines(out.resolve("curves.csv"));
        assertThat(curves).hasSize(1 + 4 * 5);
        assertThat(curves.get(0))
                .isEqualTo("run,model,weights,seed,feed_forward,dtype,prompt_set,prompts,tokens,recycle,similarity,"
                        + "depth,pass,layer,mean,std,min,p10,p50,p90,max,"
                        + "revision,mask,beta,attention_scale,skip,norm,heads,loop,step,anchor,until,initial,save_hidden,"
                        + "save_hidden_at,save_attention_at,passes,limit_prompts,special_tokens,skip_zero_rows,tokenizer,"
                        + "chunk,measures,shuffle,adapter,adapter_scale,skip_attention,skip_feed_forward,skip_blocks,order,freeze_routing,"
                        + "sink,clamp_outliers,per_token,bos");
        List<String> summary = Files.readAllLines(out.resolve("summary.csv"));
        assertThat(summary).hasSize(5);
        assertThat(summary.get(0))
                .contains(",rate,rate_low,rate_high,")
                .contains(",recycle,similarity,seconds,rate_per_attention_step,revision,mask,beta,");
        assertThat(summary.get(1)).contains(",tiny,trained,,1,true,float32,random:3x8,3,8,2,2,");
        List<String> measures = Files.readAllLines(out.resolve("measures.csv"));
        assertThat(measures.get(0))
                .startsWith("run,model,weights,seed,")
                .endsWith(",measure,axis,entry,defined,depth,pass,layer,mean,std,min,p10,p50,p90,max");
        assertThat(measures.stream().filter(l -> l.contains(",pairwise-mean,"))).hasSize(4 * 5);
        assertThat(measures).allSatisfy(line -> assertThat(line.split(",", -1))
                .hasSameSizeAs(measures.get(0).split(",")));
        assertThat(out.resolve("report.html")).isNotEmptyFile();
        assertThat(out.resolve("sweep.png")).isNotEmptyFile();
        assertThat(out.resolve("sweep.svg")).content().contains("no feed-forward");

        touch("error.npy");
        assertThat(run("sweep", file.toString(), "--out", out.toString())).isZero();
        assertThat(stdout.toString()).contains("0 of 4 runs to make.");
        assertThat(stderr.toString()).contains("[4/4] finished before: used again");
        assertThat(times("error.npy")).hasSize(4).containsOnly(LONG_AGO);
        assertThat(Files.readAllLines(out.resolve("curves.csv"))).isEqualTo(curves);
    }

    @Test
    void moreRunsThanColoursHaveSeveralCharts() throws IOException {
        Path file = write("{'passes': 1, 'prompts': 'random:1x4', 'grid': {'model': '%s', 'weights': 'random',"
                + " 'beta': [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]}}");
        assertThat(run("sweep", file.toString(), "--out", out.toString(), "--weight-seeds", "2"))
                .as("%s", stderr)
                .isZero();
        assertThat(stdout.toString()).contains("report:  ");
        assertThat(out.resolve("report.html"))
                .content()
                .contains("Runs 1 to 16 of 20", "Runs 17 to 20 of 20")
                .doesNotContain("Runs 21");
    }

    @Test
    void weightSeedsRepeatDrawnWeightsAndPoolThem() throws IOException {
        Path file = write("{'passes': 3, 'prompts': 'random:3x8', 'figure': {'rows': ['weights']},"
                + " 'grid': {'model': '%s', 'weights': ['trained', 'random-each-pass']}}");
        assertThat(run("sweep", file.toString(), "--out", out.toString(), "--weight-seeds", "3"))
                .as("%s", stderr)
                .isZero();
        assertThat(stdout.toString()).contains("4 of 4 runs to make");
        List<String> summary = Files.readAllLines(out.resolve("summary.csv"));
        assertThat(summary).hasSize(1 + 4 + 1);
        assertThat(summary.get(5)).contains("and its other seeds").contains(",random-each-pass,");
        // drawn anew before pass p with seed + p: seeds lie so far apart that no two runs share a draw
        assertThat(Files.readAllLines(out.resolve("curves.csv")))
                .anyMatch(line -> line.contains(",random-each-pass,1000042,"))
                .anyMatch(line -> line.contains(",random-each-pass,2000042,"));
        assertThat(run("sweep", file.toString(), "--out", out.toString(), "--weight-seeds", "0"))
                .isEqualTo(2);
        assertThat(stderr.toString()).contains("--weight-seeds is 0");
    }

    @Test
    void aRunOfOtherFilesIsAnotherRun() throws IOException {
        Path file = write("{'passes': 1, 'prompts': 'random:2x8', 'runs': [{'model': '%s'}]}");
        assertThat(run("sweep", file.toString(), "--out", out.toString())).isZero();
        new TinyGpt2(2).with("wte.weight", w -> w[0] += 1).write(model);
        assertThat(run("sweep", file.toString(), "--out", out.toString())).isZero();
        assertThat(stderr.toString()).contains("[1/1] done in");
        assertThat(times("error.npy")).hasSize(2);
    }

    @Test
    void goesOnAfterARunThatFails() throws IOException {
        Path file = write("{'passes': 1, 'prompts': 'random:2x8', 'runs': [" + "{'model': '" + folder.resolve("missing")
                + "'}, {'model': '%s'}]}");
        assertThat(run("sweep", file.toString(), "--out", out.toString())).isEqualTo(1);
        assertThat(stdout.toString()).contains("cannot run: ");
        assertThat(stderr.toString()).contains("consensus: 1 of 2 runs failed:").contains("missing");
        assertThat(Files.readAllLines(out.resolve("summary.csv"))).hasSize(2);
    }

    @Test
    void seedsAreSummedUpOverDraws() throws IOException {
        Path file = write("{'passes': 1, 'prompts': 'random:2x8',"
                + " 'grid': {'model': '%s', 'weights': 'random', 'seed': [1, 2]}}");
        assertThat(run("sweep", file.toString(), "--out", out.toString()))
                .as("%s", stderr)
                .isZero();
        List<String> summary = Files.readAllLines(out.resolve("summary.csv"));
        assertThat(summary).hasSize(4);
        assertThat(summary.get(3)).contains("and its other seeds").contains(",tiny,random,1 2,2,true,");
    }

    @Test
    void aDryRunWritesNothing() throws IOException {
        Path file = write("{'passes': 1, 'prompts': 'random:2x8', 'runs': [{'model': '%s'}]}");
        assertThat(run("sweep", file.toString(), "--out", out.toString(), "--dry-run"))
                .isZero();
        assertThat(stdout.toString()).contains("1 of 1 run to make");
        assertThat(out).doesNotExist();
    }

    @Test
    void reproducesAllFiguresWithStandIns() throws IOException {
        String[] command = {
            "reproduce",
            "all",
            "--models",
            model.toString(),
            "--prompts",
            "random:2x8",
            "--passes",
            "2",
            "--out",
            out.toString()
        };
        assertThat(run(command)).as("%s", stderr).isZero();
        // one model stands for both, so figures 9 and 10 are of the same runs
        assertThat(times("error.npy")).hasSize(6);
        for (int figure = 7; figure <= 10; figure++) {
            assertThat(out.resolve("figure-" + figure + ".png")).isNotEmptyFile();
        }
        assertThat(Files.readString(out.resolve("figure-9.svg")).lines().filter(l -> l.contains("<title>")))
                .singleElement()
                .asString()
                .contains("tiny in place of gpt2-xl");
        assertThat(out.resolve("report.html")).content().contains("Figure 10: random weights");
        assertThat(run("reproduce", "6")).isEqualTo(2);
        assertThat(stderr.toString()).contains("Figure 6: expected 7, 8, 9, 10, all, dong, geshkovski or wu.");
        assertThat(run("reproduce", "7", "--models", "a,b,c")).isEqualTo(2);
        assertThat(run("reproduce", "7", "--passes", "0")).isEqualTo(2);
    }

    private int run(String... arguments) {
        stdout = new StringWriter();
        stderr = new StringWriter();
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--threads", "1"));
        return Program.run(new PrintWriter(stdout), new PrintWriter(stderr), all.toArray(String[]::new));
    }

    private Path write(String text) throws IOException {
        return Files.writeString(
                folder.resolve("sweep.json"), text.formatted(model).replace('\'', '"'));
    }

    private void touch(String name) throws IOException {
        for (Path file : files(name)) {
            Files.setLastModifiedTime(file, LONG_AGO);
        }
    }

    private List<FileTime> times(String name) throws IOException {
        List<FileTime> times = new ArrayList<>();
        for (Path file : files(name)) {
            times.add(Files.getLastModifiedTime(file));
        }
        return times;
    }

    private List<Path> files(String name) throws IOException {
        try (Stream<Path> files = Files.walk(out.resolve("runs"))) {
            return files.filter(f -> f.getFileName().toString().equals(name)).toList();
        }
    }
}
