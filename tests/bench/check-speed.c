/* How long pipeline_read takes for 10,000 instances, and what the graph weighs: once as 10,000
 * nodes (10 layers of 1,000, two inputs each), once as 10 nodes over axes of 1,000 points. Prints
 * "KIND least_ms median_ms bytes_per_instance"; the least is what the work takes when the machine
 * has nothing else to do. */
#include "pipeline/graph.h"
#include "pipeline/ops.h"
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LAYERS = 10, WIDTH = 1000, RUNS = 15 };

static void write_nodes(FILE *f)
{
    fputs("atomloom: 1\ntitle: ten thousand nodes\nvars: {level: 0.5}\nnodes:\n", f);
    for (int k = 0; k < LAYERS; k++)
        for (int i = 0; i < WIDTH; i++) {
            fprintf(f, "  n%d_%d:\n    op: volume.mean\n", k, i);
            if (k)
                fprintf(f, "    in: {volumes: [n%d_%d.volume, n%d_%d.volume]}\n", k - 1, i, k - 1,
                        (i + 1) % WIDTH);
        }
    fputs("  mask: {op: volume.threshold, in: {volume: n9_0.volume}, params: {level: ${level}}}\n",
          f);
}

static void write_axes(FILE *f)
{
    fputs("atomloom: 1\ntitle: ten nodes over two axes\naxes:\n  minutes: [", f);
    for (int i = 0; i < 40; i++) fprintf(f, "%s%d", i ? ", " : "", 10 * i);
    fputs("]\n  particle: [", f);
    for (int i = 0; i < 25; i++) fprintf(f, "%s%d", i ? ", " : "", i);
    fputs("]\nvars: {dose: 3e5}\nnodes:\n  start: {op: simulate.particle, params: {seed: ${minutes "
          "* 100 + particle}, radius: 20, element: Au}}\n"
          "  series: {op: simulate.tilt_series, in: {atoms: start.atoms}, params: {dose: ${dose}, "
          "label: p${particle}, angles: [-60, -30, 0, 30, 60]}}\n"
          "  recon: {op: reconstruct.sirt, in: {tilts: series.tilts}, params: {iterations: 200}}\n",
          f);
    for (int k = 3; k < LAYERS; k++)
        fprintf(f, "  trace%d: {op: trace.peaks, in: {volume: recon.volume}}\n", k);
}

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int measure(const char *kind, void (*write_file)(FILE *), const registry *ops)
{
    double ms[RUNS], bytes = 0;
    FILE *f = fopen("big.yaml", "w");
    if (!f) return 1;
    write_file(f);
    fclose(f);
    for (int i = 0; i < RUNS; i++) {
        diagnostics d = { 0 };
        size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
        double start = now_ms();
        graph *g = pipeline_read("big.yaml", ops, NULL, &d);
        ms[i] = now_ms() - start;
        if (!g || g->instance_count < LAYERS * WIDTH) return 1;
        bytes = (double)(mallinfo2().uordblks + mallinfo2().hblkhd - before) / g->instance_count;
        graph_free(g);
        diagnostics_free(&d);
    }
    qsort(ms, RUNS, sizeof *ms, compare);
    printf("%s %.2f %.2f %.0f\n", kind, ms[0], ms[RUNS / 2], bytes);
    return 0;
}

int main(void)
{
    registry *ops = test_registry();
    int failed = measure("nodes", write_nodes, ops) | measure("axes", write_axes, ops);
    registry_close(ops);
    return failed;
}
