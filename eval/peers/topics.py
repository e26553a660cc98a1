"""Groups vectors as others do, for `cargo bench --bench topics`, which starts it: `topics.py SYSTEM FILE WIDTH`.

FILE holds rows of WIDTH little-endian f32. Prints {"seconds", "labels"}; -1 stands alone. `umap+hdbscan` has BERTopic's
settings (15 neighbours, 5 dimensions, cosine) with the smallest cluster of three that an event needs; `agglomerative` is
average linkage by cosine, cut at 0.3. The first call compiles UMAP's kernels and is not timed.
"""

import json
import sys
import time

import numpy


def umap_hdbscan(x):
    import hdbscan
    import umap

    low = umap.UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=42).fit_transform(x)
    return hdbscan.HDBSCAN(min_cluster_size=3, metric="euclidean", cluster_selection_method="eom").fit_predict(low)


def agglomerative(x):
    from sklearn.cluster import AgglomerativeClustering

    parts = AgglomerativeClustering(n_clusters=None, metric="cosine", linkage="average", distance_threshold=0.3)
    return parts.fit_predict(x)


def main():
    system, path, width = sys.argv[1], sys.argv[2], int(sys.argv[3])
    group = {"umap+hdbscan": umap_hdbscan, "agglomerative": agglomerative}[system]
    x = numpy.fromfile(path, dtype="<f4").reshape(-1, width)
    group(x[:500])
    start = time.perf_counter()
    labels = group(x)
    json.dump({"seconds": time.perf_counter() - start, "labels": [int(label) for label in labels]}, sys.stdout)


main()
