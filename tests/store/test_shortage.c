/* A process that lacks descriptors, memory or rights learns nothing about an object: it says what
 * is missing, and the object stays. */
#include "support/store_test.h"
#include <sys/resource.h>

enum { SMALL = 300, LARGE = 400000 };

static rlim_t limit(int what, rlim_t to)
{
    struct rlimit r;
    getrlimit(what, &r);
    rlim_t before = r.rlim_cur;
    r.rlim_cur = to < r.rlim_max ? to : r.rlim_max;
    ck_assert_int_eq(setrlimit(what, &r), 0);
    return before;
}

/* The value, or a failure that says `todo` and leaves the object where it is. */
static bool is_got(store *s, const digest *d, const char *todo)
{
    e = (error){ 0 };
    loom_value *v = store_get(s, d, true, &e);
    bool got = v != NULL;
    if (!got) ck_assert_msg(strstr(e.todo, todo) != NULL, "%s (%s)", e.message, e.todo);
    ck_assert_msg(store_has(s, d), "%s", e.message);
    value_free(v);
    e = (error){ 0 };
    return got;
}

START_TEST(without_descriptors_nothing_is_set_aside)
{
    store *s = open_store();
    digest d[2] = { put_numbers(s, SMALL, 1), put_numbers(s, LARGE, 1) };
    for (int size = 0; size < 2; size++) {
        int refused = 0, first = dup(0);
        ck_assert_int_ge(first, 0);
        close(first);
        for (int spare = 0; spare < 6; spare++) {
            rlim_t before = limit(RLIMIT_NOFILE, (rlim_t)(first + spare));
            refused += !is_got(s, &d[size], "ulimit -n");
            limit(RLIMIT_NOFILE, before);
        }
        ck_assert_int_ge(refused, 1);
        ck_assert_int_le(refused, 5);
        ck_assert(is_got(s, &d[size], ""));
    }
    rlim_t before = limit(RLIMIT_NOFILE, 3);
    ck_assert(!store_verify(s, NULL, NULL, NULL, NULL, &e) && strstr(e.todo, "ulimit -n"));
    limit(RLIMIT_NOFILE, before);
    ck_assert_int_eq(files_in("store/damaged"), 0);
    store_close(s);
}
END_TEST

#ifndef __SANITIZE_ADDRESS__ /* whose allocator takes the address space for itself */
/* In a child: all memory is taken but `spare` bytes, then the object is read. HDF5 may find none at
 * any point; whatever becomes of the child, it harms nothing. */
static void read_with_memory(store *s, const digest *d, size_t spare)
{
    enum { BLOCK = 1024, BLOCKS = 16384 };
    static void *block[BLOCKS];
    pid_t child = fork();
    if (!child) {
        long pages = 0;
        FILE *f = fopen("/proc/self/statm", "r");
        if (!f || fscanf(f, "%ld", &pages) != 1) _exit(0);
        fclose(f);
        setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
        setrlimit(RLIMIT_AS, &(struct rlimit){ (rlim_t)pages * 4096 + (1 << 20), RLIM_INFINITY });
        int n = 0;
        while (n < BLOCKS && (block[n] = malloc(BLOCK))) n++;
        while (malloc(16)) continue;
        for (size_t back = 0; n && back < spare; back += BLOCK) free(block[--n]);
        loom_value *v = store_get(s, d, true, &e);
        _exit(v ? 1 : 0);
    }
    wait_for(child);
}

START_TEST(without_memory_nothing_is_set_aside)
{
    store *s = open_store();
    digest d = put_numbers(s, SMALL, 1); /* HDF5 is loaded now */
    loom_value *many = value_new("test.many", &e);
    char name[32];
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "array%d", i);
        must(value_add_array(many, name, LOOM_F64, 1, (int64_t[]){ 2000 }, "", &e) != NULL);
    }
    digest large;
    must(store_put(s, many, &large, &e));
    value_free(many);
    for (size_t spare = 0; spare < (512u << 10); spare += 16u << 10) {
        read_with_memory(s, &large, spare);
        read_with_memory(s, &d, spare / 4);
        ck_assert_msg(store_has(s, &large) && store_has(s, &d), "with %zu bytes", spare);
    }
    ck_assert_int_eq(files_in("store/damaged"), 0);
    store_close(s);
}
END_TEST
#endif

START_TEST(what_is_damaged_is_still_set_aside)
{
    store *s = open_store();
    text path = { 0 };
    for (int size = 0; size < 2; size++) {
        digest d = put_numbers(s, size ? LARGE : SMALL, 7);
        text_clear(&path);
        store_object_path(s, &d, &path);
        ck_assert_int_eq(truncate(path.data, 700), 0);
        e = (error){ 0 };
        ck_assert(!store_get(s, &d, false, &e) && e.status == LOOM_E_IO);
        ck_assert(!store_has(s, &d));
    }
    ck_assert_int_eq(files_in("store/damaged"), 2);
    text_free(&path);
    store_close(s);
}
END_TEST

int main(void)
{
    return run_suite("store.shortage",
                     (const TTest *const[]){ without_descriptors_nothing_is_set_aside,
#ifndef __SANITIZE_ADDRESS__
                                             without_memory_nothing_is_set_aside,
#endif
                                             what_is_damaged_is_still_set_aside, NULL });
}
