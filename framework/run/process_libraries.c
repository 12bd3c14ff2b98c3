/* run/process_libraries.c - the part of a process's state that libraries keep: threads that OpenMP
 * and OpenBLAS are to use, what FFTW measured, random numbers. Libraries are looked at when they
 * are loaded already; none is loaded for this. */
#include "run/process_inside.h"
#include "run/process_watch.h"
#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

/* OpenMP's calls, the same in every runtime. */
typedef struct openmp {
    const char *file;
    void *handle;
    int (*threads)(void), (*dynamic)(void), (*levels)(void);
    void (*schedule)(int *kind, int *chunk);
    void (*set_threads)(int), (*set_dynamic)(int), (*set_levels)(int);
    void (*set_schedule)(int kind, int chunk);
} openmp;
static openmp runtimes[] = { { .file = "libgomp.so.1" },
                             { .file = "libomp.so.5" },
                             { .file = "libiomp5.so" } };
enum { RUNTIMES = sizeof runtimes / sizeof *runtimes };
_Static_assert(PROCESS_LIBRARY_WORDS == 5 * RUNTIMES + 1,
               "five words for each runtime of OpenMP, one for OpenBLAS");

typedef struct blas {
    void *handle;
    int (*threads)(void);
    void (*set_threads)(int);
} blas;
static blas openblas;

/* A function pointer is no object pointer in C; POSIX makes them the same size. */
static bool look(void *handle, const char *name, void *function)
{
    void *at = dlsym(handle, name);
    memcpy(function, &at, sizeof at);
    return at != NULL;
}

/* dlopen with RTLD_NOLOAD would search the disk for a library that is not loaded; the list of what
 * is loaded is at hand. */
typedef struct wanted {
    const char *file;
    char path[PATH_MAX];
} wanted;

static int is_wanted(struct dl_phdr_info *info, size_t size, void *user)
{
    wanted *w = user;
    const char *slash = strrchr(info->dlpi_name, '/'), *name = slash ? slash + 1 : info->dlpi_name;
    size_t n = strlen(w->file), room = strlen(info->dlpi_name) + 1;
    (void)size;
    if (strncmp(name, w->file, n) != 0 || (name[n] && name[n] != '.') || room > sizeof w->path)
        return 0;
    memcpy(w->path, info->dlpi_name, room);
    return 1;
}

static void *handle_of(const char *file)
{
    wanted w = { .file = file };
    return dl_iterate_phdr(is_wanted, &w) ? dlopen(w.path, RTLD_LAZY | RTLD_NOLOAD) : NULL;
}

static void find_openmp(openmp *o)
{
    if (o->handle || !(o->handle = handle_of(o->file))) return;
    bool good = look(o->handle, "omp_get_max_threads", &o->threads)
                && look(o->handle, "omp_set_num_threads", &o->set_threads)
                && look(o->handle, "omp_get_dynamic", &o->dynamic)
                && look(o->handle, "omp_set_dynamic", &o->set_dynamic)
                && look(o->handle, "omp_get_max_active_levels", &o->levels)
                && look(o->handle, "omp_set_max_active_levels", &o->set_levels)
                && look(o->handle, "omp_get_schedule", &o->schedule)
                && look(o->handle, "omp_set_schedule", &o->set_schedule);
    if (!good) o->threads = NULL;
}

static void find_blas(blas *b)
{
    if (b->handle || !(b->handle = handle_of("libopenblas.so.0"))) return;
    if (!look(b->handle, "openblas_get_num_threads", &b->threads)
        || !look(b->handle, "openblas_set_num_threads", &b->set_threads))
        b->threads = NULL;
}

/* FFTW chooses among plans by what it measured before, in whatever op that was. */
typedef struct fftw {
    const char *file, *name;
    void *handle;
    void (*forget)(void);
} fftw;
static fftw transforms[] = { { .file = "libfftw3f.so.3", .name = "fftwf_forget_wisdom" },
                             { .file = "libfftw3.so.3", .name = "fftw_forget_wisdom" },
                             { .file = "libfftw3l.so.3", .name = "fftwl_forget_wisdom" } };
enum { TRANSFORMS = sizeof transforms / sizeof *transforms };

static void find_fftw(fftw *f)
{
    if (!f->handle && (f->handle = handle_of(f->file)) && !look(f->handle, f->name, &f->forget))
        f->forget = NULL;
}

void process_libraries_find(void)
{
    for (int i = 0; i < RUNTIMES; i++) find_openmp(&runtimes[i]);
    for (int i = 0; i < TRANSFORMS; i++) find_fftw(&transforms[i]);
    find_blas(&openblas);
}

void process_forget(void)
{
    unsigned short usual[3] = { 0x330e, 0xabcd, 0x1234 }; /* POSIX: what drand48 begins with */
    for (int i = 0; i < TRANSFORMS; i++)
        if (transforms[i].forget) transforms[i].forget();
    srandom(1);
    seed48(usual);
}

/* Words of a library that is not there are 0, which is no number of threads. */
void process_libraries_read(int word[PROCESS_LIBRARY_WORDS])
{
    memset(word, 0, PROCESS_LIBRARY_WORDS * sizeof *word);
    for (int i = 0; i < RUNTIMES; i++, word += 5) {
        const openmp *o = &runtimes[i];
        if (!o->threads) continue;
        word[0] = o->threads();
        word[1] = o->dynamic();
        word[2] = o->levels();
        o->schedule(&word[3], &word[4]);
    }
    if (openblas.threads) *word = openblas.threads();
}

static bool libraries_capture(process_state *s)
{
    process_libraries_find();
    process_libraries_read(s->library);
    return true;
}

static bool libraries_compare(const process_state *before, const process_state *after, text *what)
{
    static const char *const names[] = { "number of threads of OpenMP", "dynamic threads of OpenMP",
                                         "nested levels of OpenMP", "schedule of OpenMP",
                                         "chunk size of OpenMP's schedule" };
    bool differs = false;
    for (int i = 0; i < PROCESS_LIBRARY_WORDS; i++) {
        int old = before->library[i], new = after->library[i];
        bool is_blas = i == PROCESS_LIBRARY_WORDS - 1,
             was_there = before->library[is_blas ? i : i / 5 * 5] != 0;
        if (!was_there || old == new) continue;
        text_printf(what, "changed the %s from %d to %d\n",
                    is_blas ? "number of threads of OpenBLAS" : names[i % 5], old, new);
        differs = true;
    }
    return differs;
}

static void libraries_restore(const process_state *before, const process_state *now)
{
    const int *old = before->library;
    (void)now;
    for (int i = 0; i < RUNTIMES; i++, old += 5) {
        const openmp *o = &runtimes[i];
        if (!o->threads || !old[0]) continue;
        o->set_threads(old[0]);
        o->set_dynamic(old[1]);
        o->set_levels(old[2]);
        o->set_schedule(old[3], old[4]);
    }
    if (openblas.threads && *old) openblas.set_threads(*old);
}

const part_work process_work_libraries = { libraries_capture, libraries_compare,
                                           libraries_restore };
