/* Whatever happens to a process, to the disk or to a file of the store: nothing half-written is
 * ever accepted, and the message says what to do. */
#include "support/store_test.h"
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

enum { LARGE = 400000, SMALL = 300 }; /* numbers in a value of either way of writing */

/* Puts values and actions until it is killed; a byte to `begun` after the first. */
static void write_forever(unsigned seed, int begun)
{
    store *s = open_store();
    must(store_begin_run(s, &e));
    for (unsigned i = 0;; i++) {
        digest d = put_numbers(s, i % 4 ? SMALL : LARGE, seed + i % 50);
        action_output o = { "data", true, d };
        action_record r = { .output_count = 1, .output = &o, .provenance = "{\"a\":1}", .log = "" };
        memcpy(r.key.byte, &i, sizeof i);
        r.key.byte[31] = (uint8_t)seed;
        must(store_put_action(s, &r, &e));
        must(i > 0 || write(begun, "b", 1) == 1);
    }
}

START_TEST(kill_at_any_moment_leaves_only_whole_values)
{
    uint64_t checked, damaged;
    srand(7);
    store_close(open_store());
    for (int round = 0; round < 40; round++) {
        int begun[2];
        char c;
        ck_assert_int_eq(pipe(begun), 0);
        pid_t child = fork();
        if (!child) write_forever((unsigned)round % 3, begun[1]);
        ck_assert_int_eq(read(begun[0], &c, 1), 1);
        usleep((useconds_t)(rand() % 40000));
        kill(child, SIGKILL);
        ck_assert_int_eq(wait_for(child), -SIGKILL);
        close(begun[0]);
        close(begun[1]);
        store *s = open_store();
        must(store_begin_run(s, &e)); /* sweeps what the dead one left */
        ck_assert_int_eq(files_in("store/tmp"), 0);
        ck_assert_int_eq(files_in("store/runs"), 1);
        digest key = { { 0 } };
        key.byte[31] = (uint8_t)(round % 3);
        must(store_claim(s, &key, &e)); /* no lock is left over */
        for (unsigned i = 0; i < 2000; i++) {
            action_record r;
            memcpy(key.byte, &i, sizeof i);
            if (store_find_action(s, &key, &r, &e)) ck_assert(store_has(s, &r.output[0].value));
            must(e.status == LOOM_OK);
            action_record_free(&r);
        }
        store_close(s);
    }
    store *s = open_store();
    must(store_verify(s, NULL, NULL, &checked, &damaged, &e));
    ck_assert_uint_ge(checked, 3);
    ck_assert_uint_eq(damaged, 0);
    store_close(s);
}
END_TEST

/* Both ways of writing fail with a message, leave nothing behind, and work again afterwards. */
static void fails_to_put(store *s, const char *fragment, const char *todo)
{
    const int64_t sizes[] = { SMALL, LARGE };
    for (int i = 0; i < 2; i++) {
        loom_value *v = numbers(sizes[i], 99);
        digest d;
        e = (error){ 0 };
        must(!store_put(s, v, &d, &e) && e.status == LOOM_E_IO);
        must(strstr(e.message, fragment) && strstr(e.todo, todo));
        must(!store_has(s, &d));
        value_free(v);
    }
    action_record r = { .provenance = "{}",
                        .log = "a log that is longer than the limit on files of this test, which "
                               "is two hundred bytes" },
                  got;
    e = (error){ 0 };
    must(!store_put_action(s, &r, &e) && strstr(e.message, fragment));
    e = (error){ 0 };
    must(!store_find_action(s, &r.key, &got, &e) && e.status == LOOM_OK);
    must(files_in("store/tmp") == 0);
}

START_TEST(a_limit_on_file_sizes_is_a_clear_failure)
{
    store *s = open_store();
    struct rlimit old, tiny;
    getrlimit(RLIMIT_FSIZE, &old);
    tiny = old;
    tiny.rlim_cur = 200;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &tiny);
    fails_to_put(s, "File too large", "ulimit");
    tiny.rlim_cur = 900000; /* HDF5's own part fits, the array does not */
    setrlimit(RLIMIT_FSIZE, &tiny);
    loom_value *v = numbers(LARGE, 99);
    digest d;
    e = (error){ 0 };
    ck_assert(!store_put(s, v, &d, &e));
    ck_assert_ptr_nonnull(strstr(e.todo, "ulimit"));
    ck_assert_int_eq(files_in("store/tmp"), 0);
    setrlimit(RLIMIT_FSIZE, &old);
    e = (error){ 0 };
    must(store_put(s, v, &d, &e));
    value_free(v);
    store_close(s);
}
END_TEST

START_TEST(a_full_disk_is_a_clear_failure)
{
    mkdir(place("store"), 0777);
    /* a small file system that only this process sees, and that goes with it */
    if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)
        || mount("none", place("store"), "tmpfs", 0, "size=256k,mode=755")) {
        printf("skipped: no right to mount a small file system\n");
        return;
    }
    store *s = open_store();
    FILE *f = fopen(place("store/tmp/.filler"), "wb"); /* takes all there is */
    char block[4096] = { 1 };
    while (fwrite(block, sizeof block, 1, f) == 1 && !fflush(f)) continue;
    fclose(f);
    fails_to_put(s, "No space left on device", "cache gc");
    unlink(place("store/tmp/.filler"));
    e = (error){ 0 };
    digest d = put_numbers(s, SMALL, 3);
    ck_assert(store_has(s, &d));
    store_close(s);
    ck_assert_int_eq(umount(place("store")), 0);
}
END_TEST

START_TEST(a_store_that_may_only_be_read_can_be_read)
{
    store *s = open_store();
    digest d = put_numbers(s, SMALL, 1), large = put_numbers(s, LARGE, 1);
    action_output o = { "data", true, d };
    action_record r = { .key = { { 1 } }, .output_count = 1, .output = &o, .provenance = "{}" },
                  got;
    must(store_put_action(s, &r, &e));
    store_close(s);
    char command[900];
    snprintf(command, sizeof command, "chmod -R a-w,a+rX '%s' && chmod a+rx '%s'", place("store"),
             scratch_directory());
    ck_assert_int_eq(system(command), 0);
    pid_t child = fork();
    if (!child) { /* root may write everywhere: become nobody */
        if (!getuid() && setuid(65534)) _exit(9);
        s = store_open(place("store"), &e);
        must(s != NULL);
        loom_value *v = store_get(s, &d, true, &e);
        must(v != NULL);
        must(store_find_action(s, &r.key, &got, &e));
        must(store_put(s, v, &d, &e)); /* it is there already */
        fails_to_put(s, "Permission denied", "make the");
        e = (error){ 0 };
        must(!store_begin_run(s, &e) && strstr(e.todo, "writable"));
        must(store_hash_file(s, "/proc/self/exe", &large, &(error){ 0 }));
        _exit(0);
    }
    ck_assert_int_eq(wait_for(child), 0);
    snprintf(command, sizeof command, "chmod -R u+w '%s'", place("store"));
    ck_assert_int_eq(system(command), 0);
}
END_TEST

static void put_action_number(store *s, uint32_t i)
{
    action_output o = { "out", true, { { (uint8_t)i } } };
    action_record r = {
        .output_count = 1, .output = &o, .wall_s = i, .provenance = "{}", .log = ""
    };
    memcpy(r.key.byte, &i, sizeof i);
    r.key.byte[20] = 1;
    must(store_put_action(s, &r, &e));
}

static bool find_action_number(store *s, uint32_t i)
{
    digest key = { { 0 } };
    action_record r;
    memcpy(key.byte, &i, sizeof i);
    key.byte[20] = 1;
    bool found = store_find_action(s, &key, &r, &e);
    must(e.status == LOOM_OK);
    if (found) must(r.wall_s == i && r.output[0].value.byte[0] == (uint8_t)i);
    action_record_free(&r);
    return found;
}

START_TEST(a_torn_or_damaged_journal_loses_nothing)
{
    enum { N = 60 };
    struct stat st;
    store *s = open_store();
    for (uint32_t i = 0; i < N; i++) put_action_number(s, i);
    store_close(s);
    char journal[700];
    snprintf(journal, sizeof journal, "%s", place("store/actions/journal"));
    srand(3);
    for (int round = 0; round < 60; round++) {
        stat(journal, &st);
        /* torn */
        if (round % 3 == 0) ck_assert_int_eq(truncate(journal, rand() % (st.st_size + 1)), 0);
        else if (round % 3 == 1 && st.st_size) flip_bit(journal, rand() % st.st_size);
        else if (round == 32) unlink(journal);
        s = open_store();
        put_action_number(s, N + (uint32_t)round); /* written behind the damage */
        store *fresh = open_store();
        for (uint32_t i = 0; i <= N + (uint32_t)round; i++)
            ck_assert(find_action_number(fresh, i) && find_action_number(s, i));
        ck_assert(!find_action_number(s, 100000));
        store_close(fresh);
        store_close(s);
    }
}
END_TEST

START_TEST(many_processes_append_at_once)
{
    enum { WRITERS = 6, EACH = 80 };
    pid_t child[WRITERS];
    store *reader = open_store();
    for (uint32_t w = 0; w < WRITERS; w++)
        if (!(child[w] = fork())) {
            store *s = open_store();
            for (uint32_t i = 0; i < EACH; i++) {
                put_action_number(s, w * EACH + i);
                put_numbers(s, SMALL, i); /* the same values by all of them */
                must(find_action_number(s, w * EACH + i));
            }
            _exit(0);
        }
    for (uint32_t w = 0; w < WRITERS; w++) ck_assert_int_eq(wait_for(child[w]), 0);
    for (uint32_t i = 0; i < WRITERS * EACH; i++) ck_assert(find_action_number(reader, i));
    uint64_t checked, damaged;
    must(store_verify(reader, NULL, NULL, &checked, &damaged, &e));
    ck_assert_uint_eq(checked, EACH);
    ck_assert_uint_eq(damaged, 0);
    store_close(reader);
}
END_TEST

int main(void)
{
    return run_suite(
        "store.trouble",
        (const TTest *const[]){
            kill_at_any_moment_leaves_only_whole_values, a_limit_on_file_sizes_is_a_clear_failure,
            a_full_disk_is_a_clear_failure, a_store_that_may_only_be_read_can_be_read,
            a_torn_or_damaged_journal_loses_nothing, many_processes_append_at_once, NULL });
}
