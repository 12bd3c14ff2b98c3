/* Upkeep: gc drops the least recently used within its limits and never what a live run needs;
 * verify finds what is damaged. */
#include "support/store_test.h"
#include <math.h>

enum { N = 8 };

/* N values of 8 KiB, last used N .. 1 hours ago, each made by an action of the same number. */
static void fill(store *s, digest d[N])
{
    text path = { 0 };
    for (int i = 0; i < N; i++) {
        d[i] = put_numbers(s, 1000, (unsigned)i);
        text_clear(&path);
        must(store_object_path(s, &d[i], &path));
        struct timespec t[2] = { { .tv_nsec = UTIME_NOW }, { .tv_nsec = UTIME_NOW } };
        clock_gettime(CLOCK_REALTIME, &t[1]);
        t[1].tv_sec -= 3600 * (N - i);
        ck_assert_int_eq(utimensat(AT_FDCWD, path.data, t, 0), 0);
        action_output o = { "data", true, d[i] };
        action_record r = {
            .key = { { (uint8_t)(i + 1) } }, .output_count = 1, .output = &o, .provenance = "{}"
        };
        must(store_put_action(s, &r, &e));
    }
    text_free(&path);
}

static int there(store *s, const digest d[N])
{
    int bits = 0;
    for (int i = 0; i < N; i++) bits |= store_has(s, &d[i]) << i;
    return bits;
}

static int actions_there(store *s)
{
    int n = 0;
    for (int i = 0; i < N; i++) {
        action_record r;
        n += store_find_action(s, &(digest){ { (uint8_t)(i + 1) } }, &r, &e);
        action_record_free(&r);
    }
    return n;
}

START_TEST(gc_drops_the_least_recently_used_first)
{
    store *s = open_store();
    digest d[N];
    store_stats stats;
    gc_result result;
    fill(s, d);
    must(store_count(s, &stats, &e));
    ck_assert_uint_eq(stats.objects, N);
    ck_assert_uint_eq(stats.actions, N);
    uint64_t each = stats.object_bytes / N;
    must(store_gc(s, &(gc_request){ .max_bytes = 5 * each, .dry_run = true }, &result, &e));
    ck_assert_uint_eq(result.objects_removed, 3);
    ck_assert_int_eq(there(s, d), 0xff);
    must(store_gc(s, &(gc_request){ .max_bytes = 5 * each }, &result, &e));
    ck_assert_uint_eq(result.objects_removed, 3);
    ck_assert_uint_eq(result.bytes_freed, 3 * each);
    ck_assert_int_eq(there(s, d), 0xf8);   /* the three oldest are gone */
    ck_assert_int_eq(actions_there(s), N); /* and can be made again */
    must(store_gc(s, &(gc_request){ .older_than_s = 2.5 * 3600 }, &result, &e));
    ck_assert_int_eq(there(s, d), 0xc0);
    ck_assert_uint_eq(result.actions_removed, 0);
    value_free(store_get(s, &d[6], true, &e)); /* reading is using */
    must(store_gc(s, &(gc_request){ .max_bytes = each }, &result, &e));
    ck_assert_int_eq(there(s, d), 0x40);
    must(store_gc(s, &(gc_request){ 0 }, &result, &e)); /* no rule, nothing happens */
    ck_assert_uint_eq(result.objects_removed, 0);
    store_close(s);
}
END_TEST

START_TEST(actions_go_when_their_outputs_were_unused_for_ten_times_as_long)
{
    store *s = open_store();
    digest d[N];
    gc_result result;
    fill(s, d);
    char command[900];
    snprintf(command, sizeof command, "find '%s' -name '*.json' -exec touch -d '9 hours ago' {} +",
             place("store/actions"));
    ck_assert_int_eq(system(command), 0);
    /* older than 0.55 h: all go, and the actions inherit the use of their outputs: 8 h, 7 h, 6 h
     * are beyond 5.5 h */
    must(store_gc(s, &(gc_request){ .older_than_s = 0.55 * 3600 }, &result, &e));
    ck_assert_uint_eq(result.objects_removed, N);
    ck_assert_uint_eq(result.actions_removed, 3);
    ck_assert_int_eq(actions_there(s), N - 3);
    /* remembered in the second round */
    must(store_gc(s, &(gc_request){ .older_than_s = 0.55 * 3600 }, &result, &e));
    ck_assert_uint_eq(result.actions_removed, 0);
    store_close(s);
}
END_TEST

START_TEST(gc_never_touches_what_a_live_run_needs)
{
    store *s = open_store();
    digest d[N];
    gc_result result;
    fill(s, d);
    int to_parent[2], to_child[2];
    char c;
    ck_assert(!pipe(to_parent) && !pipe(to_child));
    pid_t child = fork();
    if (!child) { /* a run that counts on the two oldest values and makes a new one */
        store *own = open_store();
        must(store_begin_run(own, &e));
        must(store_keep(own, &(digest){ { 1 } }, d, 1, &e) && store_keep(own, NULL, d + 1, 1, &e));
        put_numbers(own, 1000, 1000);
        must(write(to_parent[1], "k", 1) == 1 && read(to_child[0], &c, 1) == 1);
        _exit(0); /* without a word, as after kill -9 */
    }
    ck_assert_int_eq(read(to_parent[0], &c, 1), 1);
    must(store_gc(s, &(gc_request){ .max_bytes = 1, .older_than_s = 1 }, &result, &e));
    ck_assert_int_eq(there(s, d), 0x03);
    ck_assert_uint_eq(result.kept_for_runs, 3);
    e = (error){ 0 };
    ck_assert(!store_remove(s, &d[0], &e) && strstr(e.message, "needed by a run"));
    e = (error){ 0 };
    loom_value *fresh = numbers(1000, 1000);
    digest made = value_digest(fresh);
    ck_assert(store_has(s, &made));
    ck_assert_int_eq(write(to_child[1], "g", 1), 1);
    ck_assert_int_eq(wait_for(child), 0);
    must(store_gc(s, &(gc_request){ .max_bytes = 1 }, &result, &e)); /* dead runs hold nothing */
    ck_assert_int_eq(there(s, d), 0);
    must(store_begin_run(s, &e));
    ck_assert_int_eq(files_in("store/runs"), 1);
    store_end_run(s);
    ck_assert_int_eq(files_in("store/runs"), 0);
    value_free(fresh);
    store_close(s);
}
END_TEST

START_TEST(a_child_ends_nothing_of_its_parent)
{
    store *s = open_store();
    digest d = put_numbers(s, 10, 1);
    gc_result result;
    must(store_begin_run(s, &e) && store_keep(s, NULL, &d, 1, &e));
    pid_t child = fork();
    if (!child) {
        store_close(s);
        _exit(0);
    }
    ck_assert_int_eq(wait_for(child), 0);
    ck_assert_int_eq(files_in("store/runs"), 1);
    must(store_gc(s, &(gc_request){ .max_bytes = 1 }, &result, &e));
    ck_assert(store_has(s, &d));
    store_close(s);
}
END_TEST

/* An action of that key gave that value. */
static void put_maker(store *s, digest key, digest value)
{
    action_output o = { "out", true, value };
    action_record r = { .key = key, .output_count = 1, .output = &o, .provenance = "{}" };
    must(store_put_action(s, &r, &e));
}

/* While another run counts on a value, or another action made it, a run does not take it back; its
 * own action stays known. */
START_TEST(a_run_takes_back_only_what_is_its_own)
{
    store *s = open_store();
    const digest key = { { 1 } }, other = { { 2 } };
    digest d = put_numbers(s, 10, 1);
    int to_parent[2], to_child[2];
    bool gone = true;
    char c;
    ck_assert(!pipe(to_parent) && !pipe(to_child));
    pid_t child = fork();
    if (!child) {
        store *own = open_store();
        must(store_begin_run(own, &e) && store_keep(own, NULL, &d, 1, &e));
        must(write(to_parent[1], "k", 1) == 1 && read(to_child[0], &c, 1) == 1);
        _exit(0);
    }
    ck_assert_int_eq(read(to_parent[0], &c, 1), 1);
    put_maker(s, key, d);
    must(store_begin_run(s, &e) && store_keep(s, &key, &d, 1, &e));
    must(store_discard(s, &key, &d, &gone, &e) && !gone && store_has(s, &d));
    ck_assert_int_eq(write(to_child[1], "g", 1), 1);
    ck_assert_int_eq(wait_for(child), 0);
    put_maker(s, other, d);
    must(store_discard(s, &key, &d, &gone, &e) && !gone && store_has(s, &d));
    store_end_run(s);
    must(store_remove(s, &other, &e) && store_begin_run(s, &e));
    must(store_discard(s, &key, &d, &gone, &e) && gone && !store_has(s, &d));
    must(store_discard(s, &key, &d, &gone, &e) && !gone);
    action_record r;
    must(store_find_action(s, &key, &r, &e));
    action_record_free(&r);
    store_close(s);
}
END_TEST

static int found_count;
static digest found_last;
static void count_found(void *user, const digest *d, const char *problem)
{
    (void)user;
    found_count++;
    found_last = *d;
    ck_assert_int_gt((int)strlen(problem), 10);
}

START_TEST(verify_finds_one_flipped_bit_and_the_value_is_made_anew)
{
    store *s = open_store();
    digest d[N];
    uint64_t checked, damaged;
    fill(s, d);
    text path = { 0 };
    must(store_object_path(s, &d[3], &path));
    struct stat st;
    stat(path.data, &st);
    flip_bit(path.data, st.st_size - 100);
    must(store_verify(s, count_found, NULL, &checked, &damaged, &e));
    ck_assert_uint_eq(checked, N);
    ck_assert_uint_eq(damaged, 1);
    ck_assert_int_eq(found_count, 1);
    ck_assert(digest_equal(&found_last, &d[3]));
    ck_assert_int_eq(there(s, d), 0xf7);
    store_stats stats;
    must(store_count(s, &stats, &e));
    ck_assert_uint_eq(stats.damaged, 1);
    digest again = put_numbers(s, 1000, 3);
    ck_assert(digest_equal(&again, &d[3]));
    must(store_verify(s, count_found, NULL, &checked, &damaged, &e));
    ck_assert_uint_eq(damaged, 0);
    text_free(&path);
    store_close(s);
}
END_TEST

START_TEST(remove_takes_values_and_actions_by_name)
{
    store *s = open_store(), *other = open_store();
    digest d[N];
    fill(s, d);
    ck_assert_int_eq(actions_there(other), N);
    must(store_remove(s, &d[0], &e) && store_remove(s, &(digest){ { 1 } }, &e));
    ck_assert_int_eq(there(s, d), 0xfe);
    ck_assert_int_eq(actions_there(s), N - 1);
    ck_assert_int_eq(actions_there(other), N - 1); /* also for those who had it in memory */
    ck_assert(!store_remove(s, &d[0], &e));
    ck_assert_int_eq(e.status, LOOM_E_PARAM);
    store_close(s);
    store_close(other);
}
END_TEST

START_TEST(journals_are_compacted_and_readers_follow)
{
    store *s = open_store(), *other = open_store();
    digest d[N];
    gc_result result;
    struct stat before, after;
    fill(s, d);
    for (int i = 0; i < 1500; i++) { /* one action, again and again */
        action_output o = { "data", true, d[i % N] };
        action_record r = {
            .key = { { 1 } }, .output_count = 1, .output = &o, .wall_s = i / 1e6, .provenance = "{}"
        };
        must(store_put_action(s, &r, &e));
    }
    ck_assert_int_eq(actions_there(other), N);
    stat(place("store/actions/journal"), &before);
    must(store_gc(s, &(gc_request){ .max_bytes = 1u << 30 }, &result, &e));
    stat(place("store/actions/journal"), &after);
    ck_assert_int_lt(after.st_size, before.st_size / 50);
    action_output o = { "data", true, d[5] };
    action_record r = { .key = { { 1 } }, .output_count = 1, .output = &o, .provenance = "{}" },
                  got;
    must(store_put_action(s, &r, &e));
    must(store_find_action(other, &r.key, &got, &e));
    ck_assert(digest_equal(&got.output[0].value, &d[5]));
    action_record_free(&got);
    ck_assert_int_eq(actions_there(other), N);
    store_close(s);
    store_close(other);
}
END_TEST

static bool collect_sorted(void *user, const digest *d, uint64_t bytes, double used)
{
    digest *last = user;
    ck_assert(bytes > 0 && used > 1e9);
    ck_assert(memcmp(last, d, sizeof *d) < 0);
    *last = *d;
    return true;
}

START_TEST(objects_are_listed_in_order_of_digest)
{
    store *s = open_store();
    digest d[N], last = { { 0 } };
    fill(s, d);
    must(store_each_object(s, collect_sorted, &last, &e));
    ck_assert(last.byte[0] != 0);
    store_close(s);
}
END_TEST

START_TEST(what_was_found_damaged_goes_after_a_week)
{
    gc_result r;
    text path = { 0 };
    struct timespec long_ago[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };
    const gc_request nothing = { .max_bytes = 1u << 30 };
    store *s = open_store();
    digest d = put_numbers(s, 100, 1);
    store_object_path(s, &d, &path);
    flip_bit(path.data, 60);
    utimensat(AT_FDCWD, path.data, long_ago, 0); /* not used for years, and found damaged now */
    ck_assert(!store_get(s, &d, true, &e));
    e = (error){ 0 };
    must(store_gc(s, &nothing, &r, &e));
    ck_assert_int_eq(files_in("store/damaged"), 1);
    char command[900];
    snprintf(command, sizeof command, "touch -d '8 days ago' '%s'/*", place("store/damaged"));
    ck_assert_int_eq(system(command), 0);
    must(store_gc(s, &(gc_request){ .max_bytes = 1u << 30, .dry_run = true }, &r, &e));
    ck_assert_int_eq(files_in("store/damaged"), 1);
    must(store_gc(s, &nothing, &r, &e));
    ck_assert_int_eq(files_in("store/damaged"), 0);
    ck_assert_uint_gt(r.bytes_freed, 0);
    text_free(&path);
    store_close(s);
}
END_TEST

int main(void)
{
    return run_suite("store.upkeep",
                     (const TTest *const[]){
                         gc_drops_the_least_recently_used_first,
                         actions_go_when_their_outputs_were_unused_for_ten_times_as_long,
                         a_run_takes_back_only_what_is_its_own,
                         gc_never_touches_what_a_live_run_needs, a_child_ends_nothing_of_its_parent,
                         verify_finds_one_flipped_bit_and_the_value_is_made_anew,
                         remove_takes_values_and_actions_by_name,
                         journals_are_compacted_and_readers_follow,
                         objects_are_listed_in_order_of_digest,
                         what_was_found_damaged_goes_after_a_week, NULL });
}
