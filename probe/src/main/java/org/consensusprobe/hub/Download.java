package org.consensusprobe.hub;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;

/**
 * Fetches the files of one commit into the cache, several at a time: first all blobs, then the snapshot that shows them,
 * last the ref, so that nobody is sent to a snapshot in the making.
 */
final class Download {
    private static final int FILES_AT_A_TIME = 4;

    private final HubSettings settings;
    private final HubCache cache;
    private final HubClient client;
    private final HubApi api;
    private final Retries retries;
    private final ToLongFunction<Path> freeSpace;
    private final ByteProgress listener;
    private final Set<Path> fetched;

    /** @param fetched where blobs are entered that were not there before */
    Download(
            HubSettings settings,
            HubCache cache,
            HubClient client,
            HubApi api,
            Retries retries,
            ToLongFunction<Path> freeSpace,
            ByteProgress listener,
            Set<Path> fetched) {
        this.settings = settings;
        this.cache = cache;
        this.client = client;
        this.api = api;
        this.retries = retries;
        this.freeSpace = freeSpace;
        this.listener = listener;
        this.fetched = fetched;
    }

    /** Fetches a small JSON file that decides what else to fetch; it is shown in the snapshot only with the rest. */
    JsonNode json(HubApi.Listing listing, String path) {
        RemoteFile file = describe(listing, path);
        Path pointer = cache.snapshot(listing.id(), listing.commit()).resolve(path);
        if (!HubCache.isWhole(pointer, file.size())) {
            prepare(listing.id());
            blobs(listing).fetch(job(listing, file, 0));
        }
        Path readable = HubCache.isWhole(pointer, file.size()) ? pointer : cache.blob(listing.id(), file.etag());
        return StrictJson.readPythonObject(readable, WantedFiles.LARGEST_SIDE_FILE, path);
    }

    /** Fetches what the snapshot lacks of {@code paths} and remembers the ref and what the commit lacks. */
    void fetch(HubApi.Listing listing, List<String> paths) {
        List<RemoteFile> lacking = new ArrayList<>();
        for (String path : paths) {
            RemoteFile file = describe(listing, path);
            if (!HubCache.isWhole(cache.snapshot(listing.id(), listing.commit()).resolve(path), file.size())) {
                lacking.add(file);
            }
        }
        prepare(listing.id());
        Map<RemoteFile, Boolean> areNew = fetchBlobs(listing, lacking);
        areNew.forEach((file, isNew) -> {
            if (isNew && WantedFiles.isWeights(file.path())) {
                fetched.add(cache.blob(listing.id(), file.etag()));
            }
        });
        try {
            // where links are impossible a new blob is moved: first those that copy, perhaps from the same blob
            List<RemoteFile> newLast = new ArrayList<>(areNew.keySet());
            newLast.sort(Comparator.comparing(areNew::get));
            for (RemoteFile file : newLast) {
                cache.place(listing.id(), listing.commit(), file, areNew.get(file));
            }
            for (String path : WantedFiles.absent(listing.names())) {
                cache.markAbsent(listing.id(), listing.commit(), path);
            }
            cache.writeRef(listing.id(), listing.commit());
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private Map<RemoteFile, Boolean> fetchBlobs(HubApi.Listing listing, List<RemoteFile> files) {
        Map<RemoteFile, Long> present = new LinkedHashMap<>();
        long bytes = 0;
        long there = 0;
        for (RemoteFile file : files) {
            boolean whole = HubCache.isWhole(cache.blob(listing.id(), file.etag()), file.size());
            long part = whole ? file.size() : PartialFile.present(cache.blobs(listing.id()), file);
            present.put(file, part);
            bytes += file.size();
            there += part;
        }
        if (bytes > there) {
            requireSpace(listing.id(), bytes - there);
            listener.begins("Fetching " + listing.id(), files.size(), bytes, there);
        }
        boolean whole = false;
        try {
            Map<RemoteFile, Boolean> fetched = inParallel(listing, present, new Transfer(listener, there));
            whole = true;
            return fetched;
        } finally {
            if (bytes > there) {
                listener.ends(whole);
            }
        }
    }

    private Map<RemoteFile, Boolean> inParallel(
            HubApi.Listing listing, Map<RemoteFile, Long> present, Transfer transfer) {
        BlobDownload blobs = new BlobDownload(cache, client, retries, settings, transfer);
        ExecutorService pool = Executors.newFixedThreadPool(FILES_AT_A_TIME, task -> {
            Thread thread = new Thread(task, "hub-download");
            thread.setDaemon(true);
            return thread;
        });
        CompletionService<Map.Entry<RemoteFile, Boolean>> jobs = new ExecutorCompletionService<>(pool);
        present.forEach((file, part) -> jobs.submit(() -> Map.entry(file, blobs.fetch(job(listing, file, part)))));
        Map<RemoteFile, Boolean> fetched = new LinkedHashMap<>();
        try {
            for (int i = 0; i < present.size(); i++) {
                Future<Map.Entry<RemoteFile, Boolean>> done = jobs.take();
                fetched.put(done.get().getKey(), done.get().getValue());
            }
            return fetched;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Problem.interrupted("Interrupted; what was downloaded so far is kept for the next start.");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw Problem.failed(e.getCause(), "The download of %s failed: %s.", listing.id(), e.getCause());
        } finally {
            transfer.stop();
            stop(pool);
        }
    }

    /** Ends what is still under way after a failure, so that no thread writes when the caller goes on. */
    private static void stop(ExecutorService pool) {
        pool.shutdownNow();
        boolean interrupted = Thread.interrupted();
        try {
            pool.awaitTermination(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private RemoteFile describe(HubApi.Listing listing, String path) {
        RemoteFile file = api.describe(listing, path);
        if (!WantedFiles.isWeights(path) && file.size() > WantedFiles.LARGEST_SIDE_FILE) {
            throw Problem.input(
                    "%s: %s has %d bytes, more than any such file: refused.", listing.id(), path, file.size());
        }
        return file;
    }

    private BlobDownload blobs(HubApi.Listing listing) {
        return new BlobDownload(cache, client, retries, settings, new Transfer(ByteProgress.SILENT, 0));
    }

    private BlobDownload.Job job(HubApi.Listing listing, RemoteFile file, long counted) {
        return new BlobDownload.Job(
                listing.id(),
                listing.commit(),
                api.content(listing.id(), listing.commit(), file.path()),
                file,
                counted);
    }

    private void requireSpace(ModelId id, long needed) {
        long free = freeSpace.applyAsLong(cache.root());
        if (needed > free) {
            throw Problem.failed(
                    "%s needs %s more in %s, where %s are free. Make room, or set HF_HUB_CACHE to a folder on another"
                            + " disk.",
                    id, Bytes.text(needed), cache.root(), Bytes.text(free));
        }
    }

    private void prepare(ModelId id) {
        try {
            cache.prepare(id);
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private Problem unwritable(IOException e) {
        return Problem.failed(
                e,
                "%s: the Hugging Face cache cannot be written: %s. HF_HUB_CACHE names another folder.",
                cache.root(),
                e instanceof java.nio.file.AccessDeniedException ? "permission denied" : e.getMessage());
    }
}
