/* tests/damage/damage.c - see damage.h */
#include "damage/damage.h"
#include "run/host.h"
#include "store/object.h"
#include "support/op_test.h"
#include "support/scratch.h"
#include <fcntl.h>
#include <kit/rng.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

const char *const damage_outcome_names[DAMAGE_OUTCOMES] = { "errors", "whole",    "undetectable",
                                                            "wrong",  "unstable", "silent",
                                                            "crashed" };

/* ---- makers' tools --------------------------------------------------------------------------- */

void damage_bytes(damage_file *f, const void *bytes, size_t n)
{
    f->bytes = realloc(f->bytes, f->size + n + 1);
    if (!f->bytes) abort();
    memcpy(f->bytes + f->size, bytes, n);
    f->size += n;
}

void damage_u32(damage_file *f, uint32_t v)
{
    damage_bytes(f,
                 (unsigned char[]){ (unsigned char)v, (unsigned char)(v >> 8),
                                    (unsigned char)(v >> 16), (unsigned char)(v >> 24) },
                 4);
}

void damage_file_free(damage_file *f)
{
    free(f->bytes);
    *f = (damage_file){ 0 };
}

/* Files in memory where there is such a place: a disk takes ten times as long. */
static const char *directory(void)
{
    if (!access("/dev/shm", W_OK)) setenv("TMPDIR", "/dev/shm", 0);
    return scratch_directory();
}

const char *damage_temporary(void)
{
    static char path[600];
    snprintf(path, sizeof path, "%s/made", directory());
    return path;
}

bool damage_load(damage_file *f, const char *path)
{
    unsigned char part[4096];
    FILE *in = fopen(path, "rb");
    for (size_t n; in && (n = fread(part, 1, sizeof part, in)) > 0;) damage_bytes(f, part, n);
    if (in) fclose(in);
    unlink(path);
    return f->size > 0;
}

bool damage_find(damage_file *f, const void *data, size_t count, size_t width, int64_t first,
                 const char *array)
{
    const unsigned char *at = memmem(f->bytes, f->size, data, count * width);
    if (!at || f->runs == DAMAGE_MAX_RUNS) return false;
    f->run[f->runs++] = (damage_run){ (size_t)(at - f->bytes), count, width, first, array };
    return true;
}

void damage_mark(damage_file *f, size_t at, size_t n)
{
    if (f->runs == DAMAGE_MAX_RUNS) abort();
    f->run[f->runs++] = (damage_run){ at, n, 1, 0, "" };
}

/* ---- one file -------------------------------------------------------------------------------- */

typedef struct attempt {
    loom_value *value;
    error failure;
    digest identity;
} attempt; /* value NULL: it failed */

typedef struct trial {
    const damage_format *format;
    const loom_op *op;
    const damage_file *file;
    const char *path;
    attempt whole;
} trial;

static void attempt_free(attempt *a)
{
    value_free(a->value);
    a->value = NULL;
}

static void read_with_op(const trial *t, attempt *out)
{
    const damage_format *f = t->format;
    char file[700], images[700];
    snprintf(file, sizeof file, "%s=%s", f->file ? f->file : "file", t->path);
    op_call c = { .op = t->op,
                  .params = { file, f->params[0], f->params[1], f->params[2], f->params[3] } };
    int n = 1;
    while (c.params[n]) n++;
    snprintf(images, sizeof images, "files=%s.images", t->path);
    if (f->images) c.params[n] = images;
    bool good = op_run(&c);
    out->failure = c.result.failure;
    if (good) {
        out->value = c.result.output[0];
        c.result.output[0] = NULL; /* taken */
    }
    op_end(&c);
}

static attempt read_file(const trial *t)
{
    attempt out = { 0 };
    if (t->op) read_with_op(t, &out);
    else /* as value_read_h5, which forks for files of other programs: here is a child already */
        out.value = object_read(t->path, false, &out.failure);
    if (out.value) out.identity = value_digest(out.value);
    return out;
}

static bool write_file(const char *path, const unsigned char *bytes, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    bool good = fd >= 0 && write(fd, bytes, n) == (ssize_t)n;
    if (fd >= 0) close(fd);
    return good;
}

/* ---- judging --------------------------------------------------------------------------------- */

static bool same_attributes(const loom_value *a, const loom_value *b)
{
    for (int64_t i = 0;; i++) {
        const loom_attribute *x = value_attribute_at(a, i), *y = value_attribute_at(b, i);
        if (!x || !y) return x == y;
        if (strcmp(x->name, y->name) || strcmp(x->unit, y->unit) || !x->text != !y->text)
            return false;
        if (x->text ? strcmp(x->text, y->text) != 0
                    : memcmp(&x->number, &y->number, sizeof x->number) != 0)
            return false;
    }
}

/* Do the two values differ in element `k` of `array` and nowhere else? */
static bool only_element_differs(const loom_value *a, const loom_value *b, const char *array,
                                 int64_t k)
{
    if (strcmp(value_type(a), value_type(b)) || !same_attributes(a, b)) return false;
    for (int64_t i = 0;; i++) {
        const loom_array *x = value_array_at(a, i), *y = value_array_at(b, i);
        if (!x || !y) return x == y;
        if (strcmp(x->name, y->name) || strcmp(x->unit, y->unit) || x->dtype != y->dtype
            || x->rank != y->rank || memcmp(x->dim, y->dim, sizeof x->dim) != 0)
            return false;
        size_t width = loom_dtype_bytes(x->dtype), n = (size_t)loom_array_count(x) * width,
               skip = n, rest = n;
        if (!strcmp(x->name, array)) skip = (size_t)k * width, rest = skip + width;
        if (memcmp(x->data, y->data, skip)
            || memcmp((char *)x->data + rest, (char *)y->data + rest, n - rest))
            return false;
    }
}

static bool same_data(const loom_value *a, const loom_value *b)
{
    const loom_array *x = value_array(a, "data"), *y = value_array(b, "data");
    if (!x) x = value_array(a, "images");
    if (!y) y = value_array(b, "images");
    return x && y && x->dtype == y->dtype && x->rank == y->rank
           && !memcmp(x->dim, y->dim, sizeof x->dim)
           && !memcmp(x->data, y->data, (size_t)loom_array_count(x) * loom_dtype_bytes(x->dtype));
}

typedef struct mutation {
    size_t size;
    int64_t bit;
} mutation; /* bit < 0: cut to `size` */

static bool is_unseen(const trial *t, const mutation *m, const unsigned char *bytes,
                      const loom_value *got)
{
    size_t at = (size_t)(m->bit / 8);
    if (t->format->explains && t->format->explains(bytes, m->size, t->whole.value, got))
        return true;
    for (int i = 0; m->bit >= 0 && i < t->file->runs; i++) {
        const damage_run *r = &t->file->run[i];
        if (at < r->offset || at >= r->offset + r->count * r->width) continue;
        if (!*r->array) return same_data(t->whole.value, got);
        return only_element_differs(t->whole.value, got, r->array,
                                    r->first + (int64_t)((at - r->offset) / r->width));
    }
    return false;
}

static bool same_attempts(const attempt *a, const attempt *b)
{
    if (!a->value || !b->value)
        return a->value == b->value && a->failure.status == b->failure.status
               && !strcmp(a->failure.message, b->failure.message);
    return digest_equal(&a->identity, &b->identity);
}

static void refill_memory(int byte)
{
#ifdef __GLIBC__
    mallopt(M_PERTURB, byte); /* what MALLOC_PERTURB_ sets at the start of a program */
#else
    (void)byte;
#endif
}

static damage_outcome try_one(const trial *t, const mutation *m)
{
    static const int fill[] = { 0, 85, 170 };
    unsigned char *bytes = malloc(t->file->size + 1);
    memcpy(bytes, t->file->bytes, t->file->size);
    if (m->bit >= 0) bytes[m->bit / 8] ^= (unsigned char)(1 << m->bit % 8);
    damage_outcome out = DAMAGE_SILENT;
    attempt first = { 0 };
    bool stable = write_file(t->path, bytes, m->size);
    for (int k = 0; k < 3 && stable; k++) {
        refill_memory(fill[k]);
        attempt a = read_file(t);
        if (!k) first = a;
        else {
            stable = same_attempts(&first, &a);
            attempt_free(&a);
        }
    }
    refill_memory(0);
    if (!stable) out = DAMAGE_UNSTABLE;
    else if (!first.value) out = *first.failure.message ? DAMAGE_ERROR : DAMAGE_SILENT;
    else if (digest_equal(&first.identity, &t->whole.identity)) out = DAMAGE_WHOLE;
    else out = is_unseen(t, m, bytes, first.value) ? DAMAGE_UNSEEN : DAMAGE_WRONG;
    attempt_free(&first);
    free(bytes);
    return out;
}

/* ---- all of a plan --------------------------------------------------------------------------- */

static int64_t plan_size(const damage_plan *p, const damage_file *f)
{
    int64_t cuts = p->cuts ? p->cuts : (int64_t)f->size,
            flips = p->flips ? p->flips : (int64_t)f->size * 8;
    return cuts + flips;
}

static mutation plan_mutation(const damage_plan *p, const damage_file *f, int64_t index)
{
    int64_t cuts = p->cuts ? p->cuts : (int64_t)f->size, k = index - cuts;
    if (index
        < cuts) { /* one in four takes a few bytes only: losing the end is the commonest damage */
        size_t spread = (size_t)((double)f->size * (double)index / (double)cuts),
               few = 1 + (size_t)index / 4;
        return (mutation){ p->cuts && index % 4 == 3 && few < f->size ? f->size - few : spread,
                           -1 };
    }
    return (mutation){ f->size, p->flips ? (int64_t)loom_below(loom_random(p->seed, 1, (uint64_t)k),
                                                               f->size * 8)
                                         : k };
}

/* In the child: outcomes from mutation `from` on, a byte each, into the pipe. */
static _Noreturn void child(const trial *t, const damage_plan *p, int64_t from, int64_t to, int out)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
#ifndef __SANITIZE_ADDRESS__
    setrlimit(RLIMIT_AS,
              &(struct rlimit){
                  (rlim_t)1 << 30,
                  (rlim_t)1 << 30 }); /* a length believed blindly must not hurt the machine */
#endif
    for (int64_t i = from; i < to; i++) {
        mutation m = plan_mutation(p, t->file, i);
        alarm(30);
        unsigned char o = (unsigned char)try_one(t, &m);
        if (write(out, &o, 1) != 1) break;
    }
    _exit(0);
}

static void count_one(const trial *t, const damage_plan *p, int64_t index, damage_outcome o,
                      damage_count *out)
{
    mutation m = plan_mutation(p, t->file, index);
    int kind = m.bit >= 0;
    char line[sizeof out->example];
    out->tried[kind]++;
    out->outcome[kind][o]++;
    if (o < DAMAGE_WRONG) return;
    if (kind)
        snprintf(line, sizeof line, "bit %lld of byte %lld (of %zu): %s", (long long)(m.bit % 8),
                 (long long)(m.bit / 8), t->file->size, damage_outcome_names[o]);
    else
        snprintf(line, sizeof line, "cut to %zu of %zu bytes: %s", m.size, t->file->size,
                 damage_outcome_names[o]);
    if (p->show) fprintf(stderr, "%s: %s\n", t->format->name, line);
    if (!*out->example) snprintf(out->example, sizeof out->example, "%s", line);
}

static void try_all(const trial *t, const damage_plan *p, damage_count *out)
{
    for (int64_t at = 0, n = plan_size(p, t->file); at < n;) {
        int ends[2], status;
        unsigned char o;
        if (pipe(ends)) abort();
        fflush(NULL);
        pid_t pid = fork();
        if (!pid) {
            close(ends[0]);
            child(t, p, at, n, ends[1]);
        }
        close(ends[1]);
        while (pid > 0 && read(ends[0], &o, 1) == 1) count_one(t, p, at++, (damage_outcome)o, out);
        close(ends[0]);
        if (pid < 0 || waitpid(pid, &status, 0) != pid) abort();
        if (at < n) count_one(t, p, at++, DAMAGE_CRASH, out);
    }
}

/* The other file, whole; true where there is none. */
static bool write_images(const damage_format *f, const char *path)
{
    damage_file images = { 0 };
    char name[640];
    snprintf(name, sizeof name, "%s.images", path);
    bool good = !f->images || (f->images(&images) && write_file(name, images.bytes, images.size));
    damage_file_free(&images);
    return good;
}

bool damage_try(const damage_format *f, const damage_plan *plan, damage_count *out)
{
    char path[600];
    damage_file file = { 0 };
    *out = (damage_count){ 0 };
    snprintf(path, sizeof path, "%s/damaged", directory());
    trial t = { f, f->op ? op_load(f->op) : NULL, &file, path, { 0 } };
    bool good = f->make(&file) && write_file(path, file.bytes, file.size) && write_images(f, path);
    if (good) t.whole = read_file(&t);
    if (!good) snprintf(out->example, sizeof out->example, "the whole file cannot be made");
    else if (!t.whole.value)
        snprintf(out->example, sizeof out->example, "the whole file is refused: %.400s",
                 t.whole.failure.message);
    else try_all(&t, plan, out);
    good = good && t.whole.value;
    attempt_free(&t.whole);
    unlink(path);
    damage_file_free(&file);
    return good;
}

int64_t damage_bad(const damage_count *c)
{
    int64_t n = 0;
    for (int kind = 0; kind < 2; kind++)
        for (int o = DAMAGE_WRONG; o < DAMAGE_OUTCOMES; o++) n += c->outcome[kind][o];
    return n;
}
