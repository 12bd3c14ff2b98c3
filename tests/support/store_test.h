/* tests/support/store_test.h - small helpers of the tests of the store. */
#ifndef ATOMLOOM_TESTS_STORE_TEST_H
#define ATOMLOOM_TESTS_STORE_TEST_H
#include "store/store.h"
#include "support/op_test.h"
#include "support/scratch.h"
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* HDF5 loses some memory of its own when it meets a damaged file; only address-sanitizer builds
 * ask. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:libhdf5"; }

static error e; /* of the test under way */

/* Also for children of a test, where Check's own assertions must not be used: they write to the
 * parent's pipe. */
static inline void must(bool good)
{
    if (good) return;
    if (scratch_owner == getpid()) ck_abort_msg("%s (%s)", e.message, e.todo);
    fprintf(stderr, "in a child: %s (%s)\n", e.message, e.todo);
    _exit(99);
}

/* A path below the scratch directory. Several static buffers. */
static inline const char *place(const char *name)
{
    static char path[8][700];
    static int next;
    char *p = path[next++ % 8];
    snprintf(p, sizeof path[0], "%s/%s", scratch_directory(), name);
    return p;
}

static inline store *open_store(void)
{
    store *s = store_open(place("store"), &e);
    must(s != NULL);
    return s;
}

static inline loom_value *numbers(int64_t n, unsigned seed)
{
    loom_value *v = value_new("array", &e);
    must(v != NULL);
    loom_array *a = value_add_array(v, "data", LOOM_F32, 1, &n, "", &e);
    must(a != NULL);
    float *data = a->data;
    for (int64_t i = 0; i < n; i++)
        data[i] = (float)(((uint64_t)i * 2654435761u + seed * 40503u) % 1000003u);
    return v;
}

static inline digest put_numbers(store *s, int64_t n, unsigned seed)
{
    digest d;
    loom_value *v = numbers(n, seed);
    must(store_put(s, v, &d, &e));
    value_free(v);
    return d;
}

static inline int files_in(const char *directory)
{
    int n = 0;
    DIR *d = opendir(place(directory));
    must(d != NULL);
    for (struct dirent *entry; (entry = readdir(d));) n += entry->d_name[0] != '.';
    closedir(d);
    return n;
}

static inline void write_file(const char *path, const char *content)
{
    FILE *f = fopen(path, "wb");
    ck_assert_ptr_nonnull(f);
    fputs(content, f);
    fclose(f);
}

static inline void flip_bit(const char *path, off_t at)
{
    int fd = open(path, O_RDWR);
    char c;
    ck_assert_int_eq(pread(fd, &c, 1, at), 1);
    c ^= 4;
    ck_assert_int_eq(pwrite(fd, &c, 1, at), 1);
    close(fd);
}

/* The exit status of a child, or -signal. */
static inline int wait_for(pid_t child)
{
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static inline int run_suite(const char *name, const TTest *const *tests)
{
    Suite *s = suite_create(name);
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 240); /* as in suite.h */
    for (; *tests; tests++) tcase_add_test(t, *tests);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
#endif
