/* Properties of bundles (run/bundle.h), of the process that carries them out (run/serve.h) and of
 * what it leaves (run/job_result.h): the text means what the plan means, each failure keeps its
 * reason, a bundle is taken once, and nothing damaged is believed. */
#include "support/run_fixture.h"
#include "support/suite.h"
#include "run/bundle.h"
#include "run/serve.h"
#include "store/jobs.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static text described[4];
static digest keys[4];
static int described_count;

static void setup(void)
{
    fixture_setup();
    memset(described, 0, sizeof described);
    described_count = 0;
}

static void teardown(void)
{
    for (int i = 0; i < described_count; i++) text_free(&described[i]);
    fixture_teardown();
}

/* An action of the bundle to be: instance `i` with these inputs. */
static void describe(int32_t i, const task_input *inputs, int32_t count, double limit_s)
{
    error e = { 0 };
    digest *key = &keys[described_count];
    memset(key, 7 + described_count, sizeof *key);
    const executor_order order = {
        .task = { .instance = i, .threads = 1, .input_count = count },
        .inputs = inputs,
        .key = key,
        .limit_s = limit_s,
    };
    ck_assert_msg(bundle_describe(&m->graph, &order, &described[described_count++], &e), "%s",
                  e.message);
}

static text written(void)
{
    error e = { 0 };
    text t = { 0 };
    const text *list[4] = { &described[0], &described[1], &described[2], &described[3] };
    ck_assert_msg(bundle_write(list, described_count, 0, &t, &e), "%s", e.message);
    return t;
}

static void leave_bundle(const char *name)
{
    error e = { 0 };
    text t = written();
    ck_assert_msg(store_job_make(st, name, &e), "%s", e.message);
    ck_assert_msg(store_job_write(st, name, JOB_ORDERS, t.data, t.length, &e), "%s", e.message);
    text_free(&t);
}

static bool serve(const char *name, const char *who, error *e)
{
    const serve_request request = { .name = name,
                                    .who = who,
                                    .cache_dir = ATOMLOOM_BINARY_DIR "/tests" };
    return serve_bundle(st, &request, e);
}

static job_result result_of(const char *name, int index, int32_t instance)
{
    char file[SERVE_FILE];
    text t = { 0 };
    job_result r;
    serve_file(index, file);
    ck_assert(store_job_read(st, name, file, JOB_RESULT_MAX_BYTES, &t));
    ck_assert(job_result_read(t.data, t.length, &keys[index], m->node[instance].op->op, 1, &r));
    text_free(&t);
    return r;
}

static double number_of(const digest *d)
{
    error e = { 0 };
    loom_value *v = store_get(st, d, true, &e);
    ck_assert_msg(v != NULL, "%s", e.message);
    double number = *(const double *)value_array(v, "data")->data;
    value_free(v);
    return number;
}

START_TEST(actions_of_a_bundle_give_what_they_should)
{
    error e = { 0 };
    int32_t n = maker_add(m, "n", "test.number", "value=0.1"),
            sum = maker_add(m, "s", "test.sum", "add=2.5");
    describe(n, NULL, 0, 0);
    leave_bundle("first-0");
    ck_assert_msg(serve("first-0", "a test", &e), "%s", e.message);
    job_result r = result_of("first-0", 0, n);
    ck_assert(r.outcome.replied && r.outcome.reply.good);
    ck_assert(r.made[0].made && !r.made[1].made);
    ck_assert(number_of(&r.made[0].value) == 0.1);
    ck_assert_int_eq(r.note_count, 1);
    ck_assert_str_eq(r.notes.data, "the number is 0.1");
    ck_assert(strlen(r.outcome.host) > 0 && r.outcome.started > 1e9);
    const task_input twice[2] = { { 0, r.made[0].value }, { 0, r.made[0].value } };
    text_free(&described[0]);
    described_count = 0;
    describe(sum, twice, 2, 0);
    leave_bundle("second-0");
    ck_assert_msg(serve("second-0", "a test", &e), "%s", e.message);
    job_result s = result_of("second-0", 0, sum);
    ck_assert(s.outcome.reply.good && number_of(&s.made[0].value) == 0.1 + 0.1 + 2.5);
    job_result_free(&r);
    job_result_free(&s);
}
END_TEST

static const struct {
    const char *params;
    double limit_s;
    run_failure reason;
    int signal;
    const char *fragment;
} failures[] = {
    { "how=crash", 0, FAILURE_SIGNAL, SIGSEGV, "SIGSEGV" },
    { "how=killed", 0, FAILURE_SIGNAL, SIGKILL, "was killed" },
    { "how=exit", 0, FAILURE_ERROR, 0, "exit status 3" },
    { "how=loop", 0.3, FAILURE_TIME, 0, "time limit" },
};

START_TEST(a_failure_keeps_its_reason_and_the_next_action_runs)
{
    error e = { 0 };
    int32_t bad = maker_add(m, "bad", "test.misbehave", failures[_i].params),
            good = maker_add(m, "good", "test.number", "value=3");
    describe(bad, NULL, 0, failures[_i].limit_s);
    describe(good, NULL, 0, 0);
    leave_bundle("b-0");
    ck_assert_msg(serve("b-0", "a test", &e), "%s", e.message);
    job_result r = result_of("b-0", 0, bad), s = result_of("b-0", 1, good);
    ck_assert(!r.outcome.replied);
    ck_assert_int_eq(r.outcome.reason, failures[_i].reason);
    ck_assert_int_eq(r.outcome.signal, failures[_i].signal);
    ck_assert_msg(strstr(r.outcome.failure.message, failures[_i].fragment) != NULL, "%s",
                  r.outcome.failure.message);
    ck_assert(s.outcome.reply.good && number_of(&s.made[0].value) == 3);
    job_result_free(&r);
    job_result_free(&s);
}
END_TEST

START_TEST(what_an_op_says_of_its_failure_arrives)
{
    error e = { 0 };
    int32_t bad = maker_add(m, "bad", "test.misbehave", "how=fail");
    describe(bad, NULL, 0, 0);
    leave_bundle("b-0");
    ck_assert_msg(serve("b-0", "a test", &e), "%s", e.message);
    job_result r = result_of("b-0", 0, bad);
    ck_assert(r.outcome.replied && !r.outcome.reply.good);
    ck_assert_ptr_nonnull(strstr(r.outcome.reply.failure.message, "it shall fail"));
    job_result_free(&r);
}
END_TEST

START_TEST(a_bundle_is_taken_once_and_by_the_same_job_again)
{
    error e = { 0 };
    int32_t n = maker_add(m, "n", "test.number", NULL);
    describe(n, NULL, 0, 0);
    leave_bundle("b-0");
    ck_assert(store_job_take(st, "b-0", "slurm 7_1", &e) && store_job_is_taken(st, "b-0"));
    ck_assert(!store_job_take(st, "b-0", "slurm 7_1", &e) && e.status == LOOM_OK);
    ck_assert(!serve("b-0", "slurm 8_1", &e));
    ck_assert_ptr_nonnull(strstr(e.message, "was taken by slurm 7_1"));
    e = (error){ 0 };
    ck_assert_msg(serve("b-0", "slurm 7_1", &e), "%s", e.message);
    job_result r = result_of("b-0", 0, n);
    job_result_free(&r);
    store_job_remove(st, "b-0");
    ck_assert(!serve("b-0", "slurm 7_1", &e));
    ck_assert_ptr_nonnull(strstr(e.message, "no bundle 'b-0'"));
}
END_TEST

START_TEST(parameters_come_back_as_they_were)
{
    error e = { 0 };
    char file[96], params[160];
    snprintf(file, sizeof file, "%s/a file", dir);
    FILE *f = fopen(file, "w");
    ck_assert(f && fputs("content", f) >= 0 && !fclose(f));
    snprintf(params, sizeof params, "file=%s/link", dir);
    char link_name[96];
    snprintf(link_name, sizeof link_name, "%s/link", dir);
    ck_assert_int_eq(rename(file, link_name), 0);
    int32_t n = maker_add(m, "n", "test.number", "value=0.30000000000000004 extra=true unused=7"),
            w = maker_add(m, "w", "test.misbehave", "how=well seconds=0.25");
    maker_set(m, n, params);
    memset(&m->instance[n].params->value[2].content, 5, sizeof(digest));
    m->instance[n].params->value[2].hashed = true;
    describe(n, NULL, 0, 12.5);
    describe(w, NULL, 0, 0);
    text t = written(), before = { 0 }, after = { 0 };
    bundle b;
    ck_assert_msg(bundle_read(t.data, t.length, ATOMLOOM_BINARY_DIR "/tests", &b, &e), "%s",
                  e.message);
    ck_assert(b.count == 2 && b.action[0].limit_s == 12.5);
    for (int i = 0; i < 2; i++) {
        params_canonical(m->instance[i].params, &before);
        params_canonical(b.graph.instances[i].params, &after);
        ck_assert_str_eq(b.graph.instances[i].name, m->instance[i].name);
    }
    ck_assert_str_eq(before.data, after.data);
    bundle_free(&b);
    text_free(&t);
    text_free(&before);
    text_free(&after);
}
END_TEST

START_TEST(another_plugin_of_the_same_name_is_refused)
{
    error e = { 0 };
    int32_t n = maker_add(m, "n", "test.number", NULL);
    plugin_file other = *m->node[n].op->file;
    op_entry entry = { m->node[n].op->op, &other };
    other.content.byte[0] ^= 1;
    m->node[n].op = &entry;
    describe(n, NULL, 0, 0);
    leave_bundle("b-0");
    ck_assert_msg(serve("b-0", "a test", &e), "%s", e.message);
    job_result r = result_of("b-0", 0, n);
    ck_assert_int_eq(r.outcome.reason, FAILURE_ERROR);
    ck_assert_ptr_nonnull(strstr(r.outcome.failure.message, "is not the one"));
    job_result_free(&r);
}
END_TEST

/* Every byte of both texts, changed, and every length. */
START_TEST(nothing_damaged_is_believed)
{
    error e = { 0 };
    int32_t n = maker_add(m, "n", "test.number", NULL);
    describe(n, NULL, 0, 0);
    leave_bundle("b-0");
    ck_assert_msg(serve("b-0", "a test", &e), "%s", e.message);
    text orders = written(), result = { 0 };
    ck_assert(store_job_read(st, "b-0", "0.result", JOB_RESULT_MAX_BYTES, &result));
    int count;
    job_result r;
    digest *all = bundle_keys(orders.data, orders.length, &count);
    ck_assert(all && count == 1 && digest_equal(&all[0], &keys[0]));
    free(all);
    for (size_t i = 0; i < orders.length; i++) {
        ck_assert_ptr_null(bundle_keys(orders.data, i, &count));
        orders.data[i] ^= 4;
        ck_assert_ptr_null(bundle_keys(orders.data, orders.length, &count));
        orders.data[i] ^= 4;
    }
    const loom_op *op = m->node[n].op->op;
    for (size_t i = 0; i < result.length; i++) {
        ck_assert(!job_result_read(result.data, i, &keys[0], op, 0, &r));
        result.data[i] ^= 4;
        ck_assert(!job_result_read(result.data, result.length, &keys[0], op, 0, &r));
        result.data[i] ^= 4;
    }
    ck_assert(!job_result_read(result.data, result.length, &keys[1], op, 0, &r));
    text_free(&orders);
    text_free(&result);
}
END_TEST

TEST_MAIN_WITH("bundle",
               ((suite_options){ .setup = setup,
                                 .teardown = teardown,
                                 .loop = a_failure_keeps_its_reason_and_the_next_action_runs,
                                 .loops = sizeof failures / sizeof *failures }),
               actions_of_a_bundle_give_what_they_should, what_an_op_says_of_its_failure_arrives,
               a_bundle_is_taken_once_and_by_the_same_job_again, parameters_come_back_as_they_were,
               another_plugin_of_the_same_name_is_refused, nothing_damaged_is_believed)
