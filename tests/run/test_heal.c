/* A damaged object that a run meets is made again in that very run, whatever the damage, however
 * large the object and however many of them there are; and what follows from it is keyed by what
 * was read. */
#include "support/run_fixture.h"
#include "support/suite.h"
#include "run/executor.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FAN = 6 }; /* more inputs at once than an action is tried again */
static int32_t source, middle[FAN], last;

/* source -> FAN blocks, small and large in turn -> last, which adds them. */
static void make_fan(void)
{
    char params[64], name[16];
    source = maker_add(m, "source", "test.block", "add=1 count=3");
    for (int i = 0; i < FAN; i++) {
        snprintf(params, sizeof params, "add=%d count=%d", 10 * i, i % 2 ? 300000 : 10);
        snprintf(name, sizeof name, "middle%d", i);
        middle[i] = maker_add(m, name, "test.block", params);
        maker_connect(m, source, 0, middle[i], 0);
    }
    last = maker_add(m, "last", "test.block", "add=0 count=200000");
    for (int i = 0; i < FAN; i++) maker_connect(m, middle[i], 0, last, 0);
    maker_want(m, last, 0);
}

static double first_of(const digest *d)
{
    error e = { 0 };
    loom_value *v = store_get(st, d, true, &e);
    ck_assert_msg(v != NULL, "%s", e.message);
    double first = *(const double *)value_array(v, "data")->data;
    value_free(v);
    return first;
}

static digest output_of(int32_t instance)
{
    error e = { 0 };
    int32_t failed;
    digest d;
    plan *p = plan_make(&m->graph, st, NULL, &failed, &e);
    ck_assert_msg(p != NULL, "%s", e.message);
    ck_assert(plan_output(p, (graph_edge){ instance, 0 }, &d));
    plan_free(p);
    return d;
}

/* ---- damage ---------------------------------------------------------------------------------- */

typedef enum damage { FLIP_HEAD, FLIP_DATA, CUT, EMPTY, NOISE, GONE, DAMAGES } damage;

static void damage_object(const digest *d, damage how)
{
    text path = { 0 };
    struct stat s;
    char byte, noise[600];
    store_object_path(st, d, &path);
    ck_assert_int_eq(stat(path.data, &s), 0);
    int fd = open(path.data, O_RDWR);
    off_t at = how == FLIP_HEAD ? 60 : s.st_size - 5; /* in HDF5's own part, or in a number */
    memset(noise, 0x5a, sizeof noise);
    switch (how) {
    case FLIP_HEAD:
    case FLIP_DATA:
        ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
        byte ^= 16;
        ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
        break;
    case CUT: ck_assert_int_eq(ftruncate(fd, s.st_size / 2), 0); break;
    case EMPTY: ck_assert_int_eq(ftruncate(fd, 0), 0); break;
    case NOISE: ck_assert_int_eq(pwrite(fd, noise, sizeof noise, 0), sizeof noise); break;
    default: unlink(path.data);
    }
    close(fd);
    text_free(&path);
}

/* Runs the last instance again; everything comes out as it was. */
static run_result run_last(seen *s)
{
    static const char *const force[] = { "last", NULL };
    double v = 0;
    run_result r = run_with((run_options){ .jobs = 2 }, s, &(plan_options){ .force = force }, NULL);
    ck_assert_int_eq(r.exit_status, 0);
    ck_assert_int_eq(r.totals.failed, 0);
    digest d = output_of(last);
    v = first_of(&d);
    ck_assert_msg(v == FAN + 150, "%g", v); /* sum of 1 + 10 i */
    return r;
}

static void everything_is_whole(void)
{
    for (int32_t i = 0; i < m->graph.instance_count; i++) {
        digest d = output_of(i);
        first_of(&d);
    }
}

START_TEST(each_object_in_turn)
{
    make_fan();
    run_all(NULL);
    for (damage how = 0; how < DAMAGES; how++)
        for (int i = 0; i < FAN; i++) {
            seen s = { 0 };
            digest d = output_of(middle[i]);
            damage_object(&d, how);
            run_result r = run_last(&s);
            ck_assert_msg(s.started[middle[i]] == 1, "middle%d, damage %d", i, (int)how);
            ck_assert_int_eq(r.totals.done, 2);
            everything_is_whole();
        }
}
END_TEST

START_TEST(all_objects_at_once)
{
    make_fan();
    run_all(NULL);
    for (damage how = 0; how < DAMAGES; how++) {
        seen s = { 0 };
        for (int32_t i = 0; i < last; i++) {
            digest d = output_of(i);
            damage_object(&d, how);
        }
        run_result r = run_last(&s);
        ck_assert_int_eq(r.totals.done,
                         FAN + 2); /* the source too, which only the middle ones read */
        everything_is_whole();
    }
}
END_TEST

START_TEST(without_isolation_too)
{
    static const char *const force[] = { "last", NULL };
    make_fan();
    run_all(NULL);
    for (int i = 0; i < FAN; i++) {
        digest d = output_of(middle[i]);
        damage_object(&d, i % DAMAGES);
    }
    run_result r = run_with((run_options){ .executor = &executor_inline }, NULL,
                            &(plan_options){ .force = force }, NULL);
    ck_assert_int_eq(r.exit_status, 0);
    everything_is_whole();
}
END_TEST

/* The record of an instance's action as the plan has it now: its output. */
static digest recorded(const digest *key)
{
    error e = { 0 };
    action_record r;
    ck_assert(store_find_action(st, key, &r, &e));
    digest d = r.output[0].value;
    action_record_free(&r);
    return d;
}

START_TEST(what_is_made_again_with_other_bytes_changes_the_keys_after_it)
{
    error e = { 0 };
    int32_t failed, now = maker_add(m, "now", "test.clock", NULL),
                    next = maker_add(m, "next", "test.block", "add=1");
    seen s = { 0 };
    maker_connect(m, now, 0, next, 0);
    maker_want(m, next, 0);
    run_all(NULL);
    plan *p = plan_make(&m->graph, st, NULL, &failed, &e);
    digest old_key = p->step[next].key, old_time = output_of(now);
    double before = first_of(&old_time);
    plan_free(p);
    damage_object(&old_time, FLIP_DATA);
    run_result r =
        run_with((run_options){ .jobs = 1 }, &s,
                 &(plan_options){ .force = (const char *const[]){ "next", NULL } }, NULL);
    ck_assert_int_eq(r.exit_status, 0);
    ck_assert_ptr_nonnull(strstr(s.warned, "not deterministic"));
    digest new_time = output_of(now), new_next = output_of(next), old_next = recorded(&old_key);
    ck_assert(!digest_equal(&old_time, &new_time));
    ck_assert(first_of(&new_next) == first_of(&new_time) + 1);
    ck_assert(first_of(&old_next) == before + 1); /* the old key still means the old input */
    p = plan_make(&m->graph, st, NULL, &failed, &e);
    ck_assert(p->run == 0 && p->wait == 0 && !digest_equal(&p->step[next].key, &old_key));
    plan_free(p);
}
END_TEST

TEST_MAIN_WITH("heal", ((suite_options){ .setup = fixture_setup, .teardown = fixture_teardown }),
               each_object_in_turn, all_objects_at_once, without_isolation_too,
               what_is_made_again_with_other_bytes_changes_the_keys_after_it)
