package org.consensusprobe.hub;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;

/**
 * Checkpoints of the Hugging Face hub by way of its cache on this machine.
 *
 * <p>What the cache holds whole, from us or from Python, is used without a request; what it lacks is fetched into it.
 */
public final class Hub {
    private final HubSettings settings;
    private final HubCache cache;
    private final Retries retries;
    private final ToLongFunction<Path> freeSpace;
    private final Set<Path> fetched = ConcurrentHashMap.newKeySet();
    private HubClient client;

    public Hub(HubSettings settings) {
        this(settings, Retries.DEFAULT, settings.links() ? Links.SYMBOLIC : Links.NONE, Hub::usableSpace);
    }

    Hub(HubSettings settings, Retries retries, Links links, ToLongFunction<Path> freeSpace) {
        this.settings = settings;
        this.cache = new HubCache(settings.cache(), links);
        this.retries = retries;
        this.freeSpace = freeSpace;
    }

    public HubSettings settings() {
        return settings;
    }

    /** The model's snapshot if the cache holds all of config and weights; makes no request. */
    public Optional<Snapshot> cached(ModelId id) {
        return snapshots(id).filter(Hub::isWhole).findFirst();
    }

    private static boolean isWhole(Snapshot snapshot) {
        return WantedFiles.missing(snapshot.directory()).isEmpty();
    }

    /**
     * The model's snapshot: from the cache if it is whole there, otherwise fetched.
     *
     * @throws Problem exit code 2 if the model cannot be used or is missing and offline, 1 if the download fails; what
     *     arrived is kept for the next start
     */
    public Snapshot snapshot(ModelId id, ByteProgress listener) {
        return cached(id).orElseGet(() -> fetch(id, listener));
    }

    /**
     * The snapshot of an adapter: from the cache if config and tensors are there, otherwise fetched.
     *
     * @throws Problem as {@link #snapshot}
     */
    public Snapshot adapter(ModelId id, ByteProgress listener) {
        return snapshots(id)
                .filter(snapshot -> WantedFiles.hasAdapter(snapshot.directory()))
                .findFirst()
                .orElseGet(() -> {
                    if (settings.offline()) {
                        throw Problem.input(
                                "The adapter %s is not in the cache %s, and this run is offline (--offline or"
                                        + " HF_HUB_OFFLINE). Run once online.",
                                id, cache.root());
                    }
                    HubApi.Listing listing = api().listing(id);
                    download(listener).fetch(listing, WantedFiles.adapter(id, listing.names()));
                    return new Snapshot(id, listing.commit(), cache.snapshot(id, listing.commit()));
                });
    }

    /**
     * The model's newest snapshot: the hub is asked which commit the revision stands for now, and what is missing of it is
     * fetched.
     */
    public Snapshot pull(ModelId id, ByteProgress listener) {
        return fetch(id, listener);
    }

    /**
     * The file that the snapshot's tokenizer is known by: {@code tokenizer.json}, else its vocabulary. A Python program that
     * loaded only the model did not fetch it, nor the files that go with it; they are. Empty if the commit has none, or if
     * it is not in the cache and offline.
     */
    public Optional<Path> tokenizer(Snapshot snapshot, ByteProgress listener) {
        Path folder = snapshot.directory();
        boolean whole = Files.isRegularFile(folder.resolve(WantedFiles.TOKENIZER));
        if (!whole
                && !settings.offline()
                && !cache.isMarkedAbsent(snapshot.id(), snapshot.commit(), WantedFiles.TOKENIZER)) {
            HubApi.Listing listing = api().listing(snapshot.id().at(snapshot.commit()));
            download(listener).fetch(listing, WantedFiles.tokenizer(listing.names()));
        }
        return WantedFiles.tokenizerIn(folder);
    }

    /** As {@link #tokenizer(Snapshot, ByteProgress)}, of a model of which nothing else is needed. */
    public Optional<Path> tokenizer(ModelId id, ByteProgress listener) {
        Optional<Snapshot> snapshot = anySnapshot(id);
        if (snapshot.isPresent() || settings.offline()) {
            return snapshot.flatMap(known -> tokenizer(known, listener));
        }
        HubApi.Listing listing = api().listing(id);
        download(listener).fetch(listing, WantedFiles.tokenizer(listing.names()));
        return WantedFiles.tokenizerIn(cache.snapshot(id, listing.commit()));
    }

    /**
     * Writes a checkpoint without its weights into an empty folder: the config, and files that have the header and the
     * length of the real weights but occupy no disk. For a look at a model before its download.
     *
     * @return the commit, and how many bytes {@link #pull} would fetch in all
     */
    public Outline outline(ModelId id, Path folder) {
        requireOnline(id);
        return new Outline.Writer(api(), folder).write(id);
    }

    /** What the cache holds, sorted by name. */
    public List<CachedModel> list() {
        return cache.repositories().stream()
                .map(repository -> CachedModel.of(cache, new ModelId(repository, ModelId.DEFAULT_REVISION)))
                .filter(model -> !model.snapshots().isEmpty())
                .toList();
    }

    /** Branches and tags of a model with their commits: as the hub says; offline, those that the cache knows. */
    public Map<String, String> refs(ModelId id) {
        return settings.offline() ? cache.refs(id) : api().refs(id);
    }

    /**
     * Removes the weights of a commit that this object itself fetched, with their places in the snapshot; blobs that were there
     * before, or that another snapshot shows, stay. What is removed is fetched again when it is wanted.
     *
     * @return the bytes that became free
     */
    public synchronized long dropFetched(ModelId id) {
        try {
            return cache.drop(id, id.revision(), fetched);
        } catch (IOException e) {
            throw Problem.failed(e, "%s: the Hugging Face cache cannot be written: %s.", cache.root(), e.getMessage());
        }
    }

    /** Hashes every file of a snapshot and compares; asks the hub only for hashes that the cache does not tell. */
    public List<Verification> verify(Snapshot snapshot, ByteProgress listener) {
        KnownHashes hashes =
                new KnownHashes(cache, snapshot, settings.offline() ? Optional.empty() : Optional.of(api()));
        return Verification.of(snapshot, hashes, listener);
    }

    /** The snapshot of a revision in the cache, whole or not; makes no request. */
    public Optional<Snapshot> anySnapshot(ModelId id) {
        List<Snapshot> found = snapshots(id).toList();
        return found.size() < 2
                ? found.stream().findFirst()
                : found.stream().filter(Hub::isWhole).findFirst().or(() -> Optional.of(found.get(0)));
    }

    /** Under every name that the model may have. */
    private Stream<Snapshot> snapshots(ModelId id) {
        return id.names().stream()
                .flatMap(
                        name -> cache
                                .commitOf(name)
                                .map(commit -> new Snapshot(name, commit, cache.snapshot(name, commit)))
                                .stream())
                .filter(snapshot -> Files.isDirectory(snapshot.directory()));
    }

    private Snapshot fetch(ModelId id, ByteProgress listener) {
        requireOnline(id);
        HubApi.Listing listing = api().listing(id);
        List<String> wanted = new ArrayList<>(WantedFiles.wanted(id, listing.names()));
        Download download = download(listener);
        WantedFiles.weights(wanted).filter(WantedFiles::isPickled).ifPresent(name -> {
            listener.note(id + ": there are no safetensors; " + name
                    + " is fetched, whose tensors are read and whose pickle is not run.");
        });
        Optional<String> index = WantedFiles.index(wanted);
        if (index.isPresent()) {
            JsonNode json = download.json(listing, index.get());
            Set<String> shards = WantedFiles.shards(json, id + "/" + index.get());
            shards.stream()
                    .filter(s -> !listing.names().contains(s))
                    .findFirst()
                    .ifPresent(lost -> {
                        throw Problem.input("%s: the shard index names %s, which the repository lacks.", id, lost);
                    });
            wanted.addAll(shards);
        }
        download.fetch(listing, wanted);
        return new Snapshot(id, listing.commit(), cache.snapshot(id, listing.commit()));
    }

    private Download download(ByteProgress listener) {
        return new Download(settings, cache, client(), api(), retries, freeSpace, listener, fetched);
    }

    private void requireOnline(ModelId id) {
        if (!settings.offline()) {
            return;
        }
        Optional<Path> folder =
                cache.commitOf(id).map(commit -> cache.snapshot(id, commit)).filter(Files::isDirectory);
        String state = folder.map(f -> "only partly in " + f + " (" + lacking(f) + ")")
                .orElse("not in the cache " + cache.root());
        throw Problem.input(
                "%s is %s, and this run is offline (--offline or HF_HUB_OFFLINE). Run once online:"
                        + " consensus models pull %s",
                id, state, id);
    }

    private static String lacking(Path folder) {
        List<String> missing = WantedFiles.missing(folder);
        return missing.isEmpty() ? "complete" : "without " + missing.get(0);
    }

    private HubApi api() {
        return new HubApi(settings, client(), retries);
    }

    private synchronized HubClient client() {
        if (client == null) {
            client = new HubClient(settings);
        }
        return client;
    }

    private static long usableSpace(Path folder) {
        try {
            return Files.getFileStore(folder).getUsableSpace();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
