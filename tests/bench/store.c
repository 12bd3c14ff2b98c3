/* tests/bench/store.c - how fast the store is; called by store.sh with an empty directory for the
 * store.
 *
 *   bench.store large DIR          store_put and store_get of one 1 GiB volume, each in pairs with
 *                                  SHA-256 of the same bytes by libcrypto: ratios of speeds
 *   bench.store disk DIR           bytes per second of store_put of that volume, the best of
 * several bench.store small DIR          CPU and wall of one tiny value plus its action, many times
 * over bench.store plan DIR           wall of finding 10,000 actions, and the peak memory
 *   bench.store keys DIR           the keys of all actions of a store, to standard output
 *   bench.store find DIR KEYS      what a run of all these actions asks of the store when it finds
 * them all */
#include "pairs.h"
#include "store/action_log.h"
#include <math.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

enum { LARGE = 1 << 28, SMALL_COUNT = 1000, PLAN_COUNT = 10000, ROUNDS = 4, PAIRS = 9 };

static error e;

static void must(bool good)
{
    if (good) return;
    fprintf(stderr, "%s (%s)\n", e.message, e.todo);
    exit(1);
}

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static loom_value *volume(int64_t n, uint32_t seed)
{
    loom_value *v = value_new("volume", &e);
    must(v && value_set_number(v, "voxel_size", 0.3, "angstrom", &e));
    loom_array *a = value_add_array(v, "density", LOOM_F32, 3, (int64_t[]){ n / 64, 8, 8 }, "", &e);
    must(a != NULL);
    for (int64_t i = 0; i < n; i++)
        ((float *)a->data)[i] = (float)(seed = seed * 1664525u + 1013904223u);
    return v;
}

typedef struct large_work {
    store *store;
    loom_value *value;
    digest digest;
} large_work;

static void hash_alone(void *user)
{
    const large_work *w = user;
    unsigned char out[EVP_MAX_MD_SIZE];
    must(EVP_Digest(value_array(w->value, "density")->data, value_bytes(w->value), out, NULL,
                    EVP_sha256(), NULL));
}

static void put_anew(void *user)
{
    large_work *w = user;
    must(store_put(w->store, w->value, &w->digest, &e));
}

/* A value that is got is mapped: it counts as got once its digest is made from it. */
static void get_verified(void *user)
{
    large_work *w = user;
    loom_value *back = store_get(w->store, &w->digest, true, &e);
    must(back != NULL);
    value_free(back);
}

static void take_out(void *user)
{
    large_work *w = user;
    must(store_remove(w->store, &w->digest, &e));
}

/* The time of the hash over that of the store is the speed of the store over that of the hash. */
static void large(store *s)
{
    large_work w = { .store = s, .value = volume(LARGE, 1) };
    pairs p = pairs_run(PAIRS, hash_alone, put_anew, take_out, &w);
    pairs_print("put-over-sha256", &p);
    put_anew(&w);
    p = pairs_run(PAIRS, hash_alone, get_verified, NULL, &w);
    pairs_print("verified-get-over-sha256", &p);
    value_free(w.value);
}

static void disk(store *s)
{
    large_work w = { .store = s, .value = volume(LARGE, 1) };
    double best = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double start = seconds(CLOCK_MONOTONIC);
        put_anew(&w);
        best = fmax(best, (double)value_bytes(w.value) / (seconds(CLOCK_MONOTONIC) - start));
        must(store_remove(s, &w.digest, &e));
    }
    printf("put %.6g\n", best);
    value_free(w.value);
}

static void key_of(uint32_t i, digest *key) { *key = sha256_of(&i, sizeof i); }

static void put_action(store *s, uint32_t i, const digest *value)
{
    action_output o = { "volume", true, *value };
    action_record r = {
        .output_count = 1,
        .output = &o,
        .wall_s = 0.001,
        .cpu_s = 0.001,
        .started = 1.7e9,
        .log = "",
        .provenance =
            "{\"op\": \"volume.threshold\", \"revision\": 1, \"parameters\": {\"level\": 0.5}}"
    };
    key_of(i, &r.key);
    must(store_put_action(s, &r, &e));
}

static void small(store *s)
{
    digest d;
    loom_value *v = volume(64, 0); /* HDF5 starts once in a worker's life */
    must(store_put(s, v, &d, &e));
    value_free(v);
    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), wall = seconds(CLOCK_MONOTONIC);
    for (uint32_t i = 1; i <= SMALL_COUNT; i++) {
        v = volume(64, i);
        must(store_put(s, v, &d, &e));
        value_free(v);
        put_action(s, i, &d);
    }
    printf("cpu %.6g\nwall %.6g\n", (seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu) / SMALL_COUNT,
           (seconds(CLOCK_MONOTONIC) - wall) / SMALL_COUNT);
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (uint32_t i = 1; i <= SMALL_COUNT; i++) {
        action_record r;
        digest key;
        key_of(i, &key);
        must(store_find_action(s, &key, &r, &e));
        v = store_get(s, &r.output[0].value, false, &e);
        must(v != NULL);
        value_free(v);
        action_record_free(&r);
    }
    printf("get %.6g\n", (seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu) / SMALL_COUNT);
}

/* As a run does: announce, keep, look up (run/plan.c: plan_look_up), end. */
static void find_all(const char *dir, const digest *key, int count)
{
    store *s = store_open(dir, &e);
    must(s != NULL);
    must(store_begin_run(s, &e) && store_keep(s, NULL, key, count, &e));
    for (int i = 0; i < count; i++) {
        action_record r;
        must(store_find_known(s, &key[i], &r, &e) || store_find_action(s, &key[i], &r, &e));
        action_record_free(&r);
    }
    store_end_run(s);
    store_close(s);
}

static void plan(const char *dir)
{
    digest *key = malloc(PLAN_COUNT * sizeof *key), value = sha256_of("", 0);
    struct rusage usage;
    store *s = store_open(dir, &e);
    must(s != NULL);
    for (uint32_t i = 0; i < PLAN_COUNT; i++) {
        key_of(i, &key[i]);
        put_action(s, i, &value);
    }
    store_close(s);
    double start = seconds(CLOCK_MONOTONIC);
    find_all(dir, key, PLAN_COUNT);
    printf("plan %.6g\n", seconds(CLOCK_MONOTONIC) - start);
    getrusage(RUSAGE_SELF, &usage);
    printf("memory %.6g\n", (double)usage.ru_maxrss * 1024);
    free(key);
}

static bool print_key(void *user, const action_record *r)
{
    (void)user;
    return fwrite(&r->key, sizeof r->key, 1, stdout) == 1;
}

static void print_keys(const char *dir)
{
    store *s = store_open(dir, &e);
    must(s && action_log_each(s, print_key, NULL, &e));
    store_close(s);
}

static void find_keys(const char *dir, const char *keys)
{
    struct stat st;
    FILE *f = fopen(keys, "rb");
    must(f && !fstat(fileno(f), &st) && st.st_size > 0);
    digest *key = malloc((size_t)st.st_size);
    size_t count = fread(key, sizeof *key, (size_t)st.st_size / sizeof *key, f);
    fclose(f);
    find_all(dir, key, (int)count);
    free(key);
}

int main(int argc, char **argv)
{
    bool find = argc == 4 && !strcmp(argv[1], "find");
    if (argc != 3 && !find) return 2;
    if (find) find_keys(argv[2], argv[3]);
    else if (!strcmp(argv[1], "keys")) print_keys(argv[2]);
    else if (!strcmp(argv[1], "plan")) plan(argv[2]);
    if (find || !strcmp(argv[1], "keys") || !strcmp(argv[1], "plan")) return 0;
    store *s = store_open(argv[2], &e);
    must(s != NULL);
    if (!strcmp(argv[1], "large")) large(s);
    else if (!strcmp(argv[1], "disk")) disk(s);
    else small(s);
    store_close(s);
    return 0;
}
