package org.consensusprobe.hub;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.consensusprobe.common.Problem;

/**
 * Brings one blob into the cache: once among our processes, resumed after an interruption, and checked before it has its
 * name.
 */
final class BlobDownload {
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-\\d{1,18}/(\\d{1,18}|\\*)");

    private final HubCache cache;
    private final HubClient client;
    private final Retries retries;
    private final HubSettings settings;
    private final Transfer transfer;

    /**
     * What to fetch.
     *
     * @param uri where the hub answers for the content
     * @param counted bytes of it that the transfer already counts as there
     */
    record Job(ModelId id, String commit, URI uri, RemoteFile file, long counted) {}

    BlobDownload(HubCache cache, HubClient client, Retries retries, HubSettings settings, Transfer transfer) {
        this.cache = cache;
        this.client = client;
        this.retries = retries;
        this.settings = settings;
        this.transfer = transfer;
    }

    /**
     * Ensures that the job's blob is there.
     *
     * @return whether it was fetched now, and so belongs to no snapshot yet
     * @throws Problem if the hub does not send the right bytes; no wrong file is put in place
     */
    boolean fetch(Job job) {
        RemoteFile file = job.file();
        Path blob = cache.blob(job.id(), file.etag());
        Path pointer = cache.snapshot(job.id(), job.commit()).resolve(file.path());
        Runnable onWait = () -> transfer.note("Waiting for another process that downloads " + file.path() + ".");
        try {
            return BlobLock.holding(cache.lockFile(job.id(), file.etag()), onWait, () -> {
                if (HubCache.isWhole(blob, file.size()) || HubCache.isWhole(pointer, file.size())) {
                    transfer.advance(file.size() - job.counted());
                    return false;
                }
                fetchUnderLock(job, blob);
                return true;
            });
        } catch (IOException e) {
            throw Problem.failed(e, "%s: cannot be put into the Hugging Face cache: %s.", blob, e.getMessage());
        }
    }

    private void fetchUnderLock(Job job, Path blob) throws IOException {
        try (PartialFile partial = PartialFile.claim(cache.blobs(job.id()), job.file())) {
            boolean resumed = partial.position() > 0;
            transfer.advance(partial.position() - job.counted());
            receive(job, partial);
            if (resumed && !partial.isRight()) {
                transfer.note(job.file().path() + ": what the last start left is damaged; fetching it again.");
                restart(partial);
                receive(job, partial);
            }
            if (!partial.isRight()) {
                partial.delete();
                throw wrongContent(job);
            }
            partial.moveTo(blob);
        }
    }

    private void receive(Job job, PartialFile partial) {
        Retries.Count count = retries.new Count();
        long furthest = partial.position();
        while (!partial.isComplete()) {
            try {
                receiveOnce(job, partial);
            } catch (Retries.Transient failure) {
                // bytes that had arrived before are no progress: a server without ranges could go on for ever
                if (partial.position() > furthest) {
                    furthest = partial.position();
                    count.progressed();
                }
                count.failed(failure);
            }
        }
    }

    private void receiveOnce(Job job, PartialFile partial) throws Retries.Transient {
        long from = partial.position();
        try (HubClient.Answer answer = client.open(job.uri(), range(job.file(), from), job.id());
                StallGuard body = new StallGuard(answer.body(), settings.downloadTimeout())) {
            checkSameFile(job, answer.hubHeaders());
            long start = start(job, answer, from);
            if (start != from) {
                restart(partial);
            }
            long expected = job.file().size() - start;
            if (answer.length() >= 0 && answer.length() != expected) {
                throw Problem.failed(
                        "%s: %s offers %d bytes where the hub names %d; nothing was put in place.",
                        job.file().path(), HubErrors.place(answer.uri()), answer.length(), expected);
            }
            byte[] chunk = new byte[1 << 17];
            for (int n = body.read(chunk); n >= 0; n = body.read(chunk)) {
                partial.append(chunk, n);
                transfer.advance(n);
            }
            if (!partial.isComplete()) {
                throw new IOException((job.file().size() - partial.position()) + " bytes are missing");
            }
        } catch (IOException e) {
            throw client.broken(e, job.uri());
        }
    }

    private void restart(PartialFile partial) {
        transfer.advance(-partial.position());
        partial.restart();
    }

    private static Map<String, String> range(RemoteFile file, long from) {
        Map<String, String> headers = new HashMap<>();
        if (from > 0) {
            headers.put("Range", "bytes=" + from + "-");
            if (!file.etag().isContentHash()) {
                // no hash will tell whether the two parts belong together
                headers.put("If-Range", "\"" + file.etag() + "\"");
            }
        }
        return headers;
    }

    /** Where the answer's first byte belongs: {@code from}, or 0 if the server sends the whole file. */
    private static long start(Job job, HubClient.Answer answer, long from) {
        if (answer.headers().firstValue("Content-Encoding").orElse("identity").matches("(?i)identity")) {
            if (answer.status() == 200) {
                return 0;
            }
            Matcher range = CONTENT_RANGE.matcher(
                    answer.headers().firstValue("Content-Range").orElse(""));
            if (range.matches()
                    && Long.parseLong(range.group(1)) == from
                    && (range.group(2).equals("*")
                            || Long.parseLong(range.group(2)) == job.file().size())) {
                return from;
            }
        }
        throw Problem.failed(
                "%s: %s answers with another part of the file than was asked for, or compressed; nothing was put in place.",
                job.file().path(), HubErrors.place(answer.uri()));
    }

    /** Spares the download of gigabytes that the hub itself says are others. */
    private static void checkSameFile(Job job, HttpHeaders headers) {
        Optional<Etag> tag = headers.firstValue("X-Linked-Etag")
                .or(() -> headers.firstValue("ETag"))
                .flatMap(Etag::ofHeader);
        Etag expected = job.file().etag();
        if (tag.isPresent() && !tag.get().equals(expected) && tag.get().isContentHash() == expected.isContentHash()) {
            throw Problem.failed(
                    "%s: the hub offers %s where its listing of %s names %s; nothing was put in place.",
                    job.file().path(), tag.get(), job.commit(), expected);
        }
    }

    private static Problem wrongContent(Job job) {
        return Problem.failed(
                "%s of %s: the bytes that arrived do not have the %s that the hub names (%s).%n"
                        + "Nothing was put in place; try again, or look for a proxy that changes what it passes on.",
                job.file().path(),
                job.id(),
                job.file().etag().algorithm(),
                job.file().etag());
    }
}
