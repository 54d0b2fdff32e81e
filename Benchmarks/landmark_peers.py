#!/usr/bin/env python3
"""The search for landmarks beside FAISS and hnswlib, one thread, in one run.

    swift build -c release --product LandmarkBenchmark
    python3 -m venv peers && peers/bin/pip install numpy faiss-cpu hnswlib
    peers/bin/python Benchmarks/landmark_peers.py .build/release/LandmarkBenchmark WORK exact
    peers/bin/python Benchmarks/landmark_peers.py .build/release/LandmarkBenchmark WORK routed

WORK holds `real.f32` and `questions.f32`, made by `LandmarkBenchmark embed` from lines of text: float32
[rows, 384]. Sentences should be in the order of their documents, as a store would read them. `exact`
uses the first 200,000 rows. `routed` uses 1,000,000: the real ones, and synthetic ones up to that, each
a real row plus ALPHA times the difference of two others of its cluster of 1,024, scaled to length 1
and put behind its row. With 0.7 the nearest other row of a synthetic one is as far as that of a real
one (cosine 0.78), and the tenth nearest of a question comes 0.01 nearer than without them. Its recall is
printed for all rows and for the real ones alone, which are searched in a store of their own.

Prints questions a second of the thread's processor time, recall@10 against the exact search in float32,
seconds to build and megabytes of each index. Rounds of ours and of the peers take turns; the median is
printed.
"""
import os
import resource
import subprocess
import sys
import time

import faiss
import numpy as np

WIDTH, ALPHA = 384, 0.7
faiss.omp_set_num_threads(1)


def rows(path, count=-1):
    return np.fromfile(path, dtype=np.float32, count=count * WIDTH if count > 0 else -1).reshape(
        -1, WIDTH
    )


def million(folder):
    path = f"{folder}/million.f32"
    if os.path.exists(path):
        return rows(path)
    real = rows(f"{folder}/real.f32")
    rng = np.random.default_rng(7)
    wanted = 1_000_000 - len(real)
    kmeans = faiss.Kmeans(WIDTH, 1024, niter=6, max_points_per_centroid=60, seed=1)
    kmeans.train(real[rng.choice(len(real), 60_000, replace=False)])
    cluster = kmeans.index.search(real, 1)[1][:, 0]
    order = np.argsort(cluster, kind="stable")
    start = np.searchsorted(cluster[order], np.arange(1025))
    parent = np.sort(rng.choice(len(real), wanted))

    def another():
        first = start[cluster[parent]]
        size = start[cluster[parent] + 1] - first
        return order[first + (rng.random(wanted) * size).astype(int)]

    made = real[parent] + ALPHA * (real[another()] - real[another()])
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    place = np.concatenate([np.arange(len(real)), parent + rng.random(wanted)])
    both = np.concatenate([real, made])[np.argsort(place, kind="stable")]
    both.tofile(path)
    return both


def megabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def ours(binary, folder, name, vectors, methods, rounds):
    """A store of the vectors, and a function that runs one round of each method."""
    store = f"{folder}/{name}.store"
    if not os.path.exists(store):
        path = f"{folder}/{name}.f32"
        if not os.path.exists(path):
            vectors.tofile(path)
        print(subprocess.run(
            [binary, "store", path, str(WIDTH), store], check=True, capture_output=True, text=True
        ).stdout)

    def run(recalled):
        out = subprocess.run(
            [binary, "search", store, f"{folder}/questions.f32", "10", str(recalled), *methods],
            check=True, capture_output=True, text=True,
        ).stdout
        return {line.split()[0]: (float(line.split()[2]), float(line.split()[4]))
                for line in out.splitlines()}

    return run


def rate(search, questions):
    start = time.thread_time()
    found = [search(q[None]) for q in questions]
    return len(questions) / (time.thread_time() - start), np.concatenate(found)


def recall(found, true):
    return np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found, true)])


def faiss_peer(index, vectors):
    start = time.thread_time()
    if not index.is_trained:
        index.train(vectors)
    index.add(vectors)
    return index, time.thread_time() - start


def main():
    binary, folder, kind = sys.argv[1:4]
    questions = rows(f"{folder}/questions.f32")
    vectors = rows(f"{folder}/real.f32", 200_000) if kind == "exact" else million(folder)
    print(f"{len(vectors)} rows, {len(questions)} questions")
    flat, _ = faiss_peer(faiss.IndexFlatIP(WIDTH), vectors)
    true = flat.search(questions, 10)[1]
    peers = {"FAISS flat": (lambda q: flat.search(q, 10)[1], 0)}
    sq8, seconds = faiss_peer(
        faiss.IndexScalarQuantizer(WIDTH, faiss.ScalarQuantizer.QT_8bit,
                                   faiss.METRIC_INNER_PRODUCT), vectors)
    peers["FAISS SQ8"] = (lambda q: sq8.search(q, 10)[1], seconds)
    if kind == "routed":
        quantizer = faiss.IndexFlatIP(WIDTH)
        ivf = faiss.IndexIVFScalarQuantizer(
            quantizer, WIDTH, 4096, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
        start = time.thread_time()
        ivf.train(vectors[::5])
        ivf.add(vectors)
        seconds = time.thread_time() - start

        def probe(count):
            def search(q):
                ivf.nprobe = count
                return ivf.search(q, 10)[1]
            return search
        for count in (64, 128, 192):
            peers[f"FAISS IVF4096,SQ8 nprobe {count}"] = (probe(count), seconds)
        if "--hnsw" in sys.argv:
            import hnswlib
            graph = hnswlib.Index("ip", WIDTH)
            graph.init_index(len(vectors), M=16, ef_construction=100)
            graph.set_num_threads(1)
            start = time.thread_time()
            graph.add_items(vectors)
            seconds = time.thread_time() - start

            def walk(breadth):
                def search(q):
                    graph.set_ef(breadth)
                    return graph.knn_query(q, 10)[0]
                return search
            for breadth in (64, 128, 256):
                peers[f"hnswlib M 16, ef {breadth}"] = (walk(breadth), seconds)
    name = "rows200k" if kind == "exact" else "million"
    methods = ["codes"] if kind == "exact" else ["codes", "lists"]
    run = ours(binary, folder, name, vectors, methods, 3)
    rates, recalls = {}, {}
    for _ in range(3):
        for method, (speed, found) in run(min(len(questions), 300)).items():
            rates.setdefault(f"Riverrun {method}", []).append(speed)
            recalls[f"Riverrun {method}"] = found
        for peer, (search, _) in peers.items():
            some = questions[:100] if peer in ("FAISS flat", "FAISS SQ8") else questions
            speed, found = rate(search, some)
            rates.setdefault(peer, []).append(speed)
            recalls[peer] = recall(found, true[: len(some)])
    for peer in rates:
        built = f", built in {peers[peer][1]:.0f} s" if peers.get(peer, (0, 0))[1] else ""
        print(f"{peer}: {np.median(rates[peer]):.0f} questions/s, "
              f"recall@10 {recalls[peer]:.4f}{built}")
    if kind == "routed":
        real = rows(f"{folder}/real.f32")
        alone = ours(binary, folder, "real", real, ["codes", "lists"], 1)(300)
        for method, (speed, found) in alone.items():
            print(f"Riverrun {method}, {len(real)} real rows alone: {speed:.0f} questions/s, "
                  f"recall@10 {found:.4f}")
    print(f"peers' process: {megabytes():.0f} MB")


main()
