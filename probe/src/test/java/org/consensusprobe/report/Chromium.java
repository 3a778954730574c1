package org.consensusprobe.report;

import com.ruiyun.jvppeteer.api.core.Browser;
import com.ruiyun.jvppeteer.api.core.CDPSession;
import com.ruiyun.jvppeteer.api.core.Page;
import com.ruiyun.jvppeteer.api.core.Request;
import com.ruiyun.jvppeteer.api.events.PageEvents;
import com.ruiyun.jvppeteer.cdp.core.Puppeteer;
import com.ruiyun.jvppeteer.cdp.entities.ConsoleMessage;
import com.ruiyun.jvppeteer.cdp.entities.LaunchOptions;
import com.ruiyun.jvppeteer.cdp.entities.MouseMoveOptions;
import com.ruiyun.jvppeteer.cdp.entities.Viewport;
import java.awt.image.BufferedImage;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/** An installed Chromium or Chrome with one page in it, driven as a user would. */
final class Chromium implements AutoCloseable {
    static {
        // the driver reports each start and end otherwise
        System.setProperty("org.slf4j.simpleLogger.log.com.ruiyun.jvppeteer", "off");
    }

    private static final List<String> NAMES =
            List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "chrome.exe");

    /** What the page wrote to its console, and errors nobody caught. */
    final List<String> console = new CopyOnWriteArrayList<>();
    /** What it asked for, data: addresses apart. */
    final List<String> requests = new CopyOnWriteArrayList<>();

    final Page page;
    private final CDPSession session;
    private final Browser browser;

    private Chromium(Browser browser) throws Exception {
        this.browser = browser;
        page = browser.newPage();
        session = page.createCDPSession();
        page.on(PageEvents.Console, (ConsoleMessage m) -> console.add(m.type() + ": " + m.text()));
        page.on(PageEvents.PageError, (Object e) -> console.add("uncaught: " + e));
        page.on(PageEvents.Request, (Request r) -> {
            if (!r.url().startsWith("data:")) {
                requests.add(r.url());
            }
        });
    }

    /** The browser of this machine: named by the environment variable CHROME, or on the PATH. */
    static Optional<Path> installed() {
        String named = System.getenv("CHROME");
        return Stream.concat(
                        Stream.ofNullable(named).map(Path::of),
                        Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                                .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name))))
                .filter(Files::isExecutable)
                .findFirst();
    }

    static Chromium start(Path executable) throws Exception {
        Viewport viewport = new Viewport();
        viewport.setWidth(1200);
        viewport.setHeight(900);
        return new Chromium(Puppeteer.launch(LaunchOptions.builder()
                .executablePath(executable.toString())
                .headless(true)
                .defaultViewport(viewport)
                .args(List.of(
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-quic",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync"))
                .build()));
    }

    void open(Path file) throws Exception {
        page.goTo(file.toUri().toString());
    }

    /** A drawing, shown so large. */
    BufferedImage picture(Path drawing, int width, int height) throws Exception {
        Viewport viewport = new Viewport();
        viewport.setWidth(width);
        viewport.setHeight(height);
        page.setViewport(viewport);
        Path shown = drawing.resolveSibling("shown.html");
        Path png = drawing.resolveSibling("shown.png");
        Files.writeString(
                shown,
                "<body style=\"margin:0\"><img style=\"display:block\" src=\"%s\" width=\"%d\" height=\"%d\">"
                        .formatted(drawing.getFileName(), width, height));
        open(shown);
        page.screenshot(png.toString());
        return ImageIO.read(png.toFile());
    }

    /** A JavaScript expression's value as text. */
    String value(String expression) throws Exception {
        return String.valueOf(page.evaluate("() => String(" + expression + ")"));
    }

    void click(String selector) throws Exception {
        double[] at = middle(selector);
        page.mouse().click(at[0], at[1]);
    }

    /** Moves the mouse to a place in an element, in shares of its size. */
    void hover(String selector, double x, double y) throws Exception {
        double[] box = box(selector);
        MouseMoveOptions steps = new MouseMoveOptions();
        steps.setSteps(3);
        page.mouse().move(box[0] + x * box[2], box[1] + y * box[3], steps);
    }

    void drag(String selector, double fromX, double toX) throws Exception {
        hover(selector, fromX, 0.5);
        page.mouse().down();
        hover(selector, toX, 0.52);
        page.mouse().up();
    }

    /** Waits until an expression is true. */
    void await(String expression) throws Exception {
        for (int i = 0; i < 100; i++) {
            if (value(expression).equals("true")) {
                return;
            }
            Thread.sleep(50);
        }
        throw new AssertionError("still not true after 5 s: " + expression);
    }

    private double[] middle(String selector) throws Exception {
        double[] box = box(selector);
        return new double[] {box[0] + box[2] / 2, box[1] + box[3] / 2};
    }

    private double[] box(String selector) throws Exception {
        String text = value("(() => { const e = document.querySelector(`" + selector + "`);"
                + " e.scrollIntoView({block: 'center', behavior: 'instant'}); const b = e.getBoundingClientRect();"
                + " return [b.x, b.y, b.width, b.height].join(' '); })()");
        return Arrays.stream(text.split(" ")).mapToDouble(Double::parseDouble).toArray();
    }

    /** Shows the page on a screen or on paper ("print"), in a "light" or "dark" scheme. */
    void emulate(String media, String scheme) {
        Map<String, Object> parameters = new HashMap<>();
        parameters.put("media", media);
        parameters.put("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme)));
        session.send("Emulation.setEmulatedMedia", parameters);
    }

    @Override
    public void close() {
        try {
            browser.close();
        } catch (Exception e) {
            browser.process().destroyForcibly();
        }
    }
}
