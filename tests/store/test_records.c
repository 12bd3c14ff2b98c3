/* Records of actions: any changed bit of a JSON file or of the journal is noticed, what is written
 * can be read back, and a torn journal costs nothing after the first look. */
#include "store/action_json.h"
#include "store/action_log.h"
#include "support/store_test.h"

static const char *journal_path(void) { return place("store/actions/journal"); }

static void put(store *s, uint8_t key, uint8_t value)
{
    action_output out[2] = { { "volume", true, { { value } } }, { "mask", false, { { 0 } } } };
    action_warning warning = { "level", "is low" };
    action_record r = { .key = { { key } },
                        .output_count = 2,
                        .output = out,
                        .wall_s = 0.01,
                        .cpu_s = 0.01,
                        .started = 1.7e9,
                        .peak_bytes = 4096,
                        .provenance = "{\"op\": \"volume.threshold\", \"level\": 0.5}",
                        .log = "a line\n",
                        .warning_count = 1,
                        .warning = &warning };
    must(store_put_action(s, &r, &e));
}

/* The value of the action's first output; 0 where the store knows none. */
static int found(store *s, uint8_t key)
{
    action_record r;
    digest k = { { key } };
    int value = 0;
    if (store_find_action(s, &k, &r, &e)) {
        ck_assert_int_eq(r.output_count, 2);
        ck_assert_str_eq(r.output[0].port, "volume");
        ck_assert(r.output[0].made && !r.output[1].made);
        value = r.output[0].value.byte[0];
    }
    must(e.status == LOOM_OK);
    action_record_free(&r);
    return value;
}

typedef struct bytes {
    unsigned char data[16384];
    size_t n;
} bytes;

static bytes read_bytes(const char *path)
{
    bytes b;
    FILE *f = fopen(path, "rb");
    ck_assert_ptr_nonnull(f);
    b.n = fread(b.data, 1, sizeof b.data, f);
    fclose(f);
    ck_assert_uint_lt(b.n, sizeof b.data);
    return b;
}

static void write_bytes(const char *path, const bytes *b, size_t n)
{
    FILE *f = fopen(path, "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(b->data, 1, n, f), n);
    fclose(f);
}

static const char *record_path(store *s, uint8_t key)
{
    static char path[STORE_PATH];
    return store_action_name(s, &(digest){ { key } }, path);
}

/* With the record as it is on disk now and no journal: is there an action? */
static bool record_is_believed(uint8_t key)
{
    unlink(journal_path());
    store *s = open_store();
    int value = found(s, key);
    ck_assert(value == 0 || value == 7);
    store_close(s);
    return value != 0;
}

START_TEST(every_flipped_bit_of_a_record_is_noticed)
{
    enum { STEP = 13 };
    store *s = open_store();
    put(s, 1, 7);
    const char *path = record_path(s, 1);
    bytes whole = read_bytes(path), b = whole;
    ck_assert(record_is_believed(1));
    for (size_t bit = 0; bit < 8 * whole.n; bit++) {
        b.data[bit / 8] ^= (unsigned char)(1u << bit % 8);
        write_bytes(path, &b, b.n);
        b.data[bit / 8] = whole.data[bit / 8];
        action_record r;
        ck_assert_msg(action_from_file(s, &(digest){ { 1 } }, &r, NULL, &e) == ACTION_DAMAGED,
                      "bit %zu", bit);
        if (bit % STEP) continue; /* the same from outside, which takes longer */
        ck_assert_msg(!record_is_believed(1), "bit %zu", bit);
        ck_assert_msg(access(path, F_OK) != 0, "bit %zu: the damaged record is still in its place",
                      bit);
    }
    for (size_t n = 0; n < whole.n; n++) {
        write_bytes(path, &whole, n);
        ck_assert_msg(!record_is_believed(1), "cut at %zu", n);
    }
    whole.data[whole.n] = '\n';
    write_bytes(path, &whole, whole.n + 1);
    ck_assert(!record_is_believed(1));
    write_bytes(path, &whole, whole.n);
    ck_assert(record_is_believed(1));
    put(s, 2, 8);
    write_bytes(record_path(s, 2), &whole, whole.n); /* the record of another action */
    ck_assert(!record_is_believed(2));
    store_close(s);
}
END_TEST

START_TEST(a_damaged_or_missing_record_is_forgotten_by_the_journal_too)
{
    for (int missing = 0; missing < 2; missing++) {
        store *s = open_store();
        action_record r;
        put(s, 3, 7);
        if (missing) unlink(record_path(s, 3));
        else flip_bit(record_path(s, 3), 40);
        ck_assert_int_eq(found(s, 3), 7); /* the journal is right */
        ck_assert(!store_read_action(s, &(digest){ { 3 } }, &r, &e) && e.status == LOOM_OK);
        ck_assert_int_eq(found(s, 3), 0); /* so that the next run makes the record again */
        put(s, 3, 7);
        must(store_read_action(s, &(digest){ { 3 } }, &r, &e));
        ck_assert_int_eq(r.warning_count, 1);
        ck_assert_str_eq(r.warning[0].text, "is low");
        action_record_free(&r);
        store_close(s);
    }
    ck_assert_int_eq(files_in("store/damaged"), 1);
}
END_TEST

START_TEST(records_without_a_checksum_are_made_again)
{
    store *s = open_store();
    put(s, 1, 7);
    FILE *f = fopen(record_path(s, 1), "wb");
    char hex[65];
    fprintf(f,
            "{\n \"atomloom_action\": 1,\n \"key\": \"%s\",\n \"started\": 1.0, \"wall_s\": 1.0, "
            "\"cpu_s\": 1.0, \"peak_bytes\": 1,"
            " \"outputs\": [], \"provenance\": {}, \"log\": \"\"}",
            digest_text(&(digest){ { 1 } }, hex));
    fclose(f);
    ck_assert(!record_is_believed(1));
    ck_assert_int_eq(files_in("store/damaged"), 0); /* older, not damaged */
    store_close(s);
}
END_TEST

/* Action 1 was replaced, action 2 removed, action 3 put once. */
static void must_tell_the_truth(store *s, size_t bit)
{
    ck_assert_msg(found(s, 1) == 11, "bit %zu: an older result is back", bit);
    ck_assert_msg(found(s, 2) == 0, "bit %zu: a removed action is back", bit);
    ck_assert_msg(found(s, 3) == 13, "bit %zu: an action is lost or changed", bit);
}

static void make_journal(void)
{
    store *s = open_store();
    put(s, 1, 10);
    put(s, 2, 12);
    put(s, 1, 11);
    must(store_remove(s, &(digest){ { 2 } }, &e));
    put(s, 3, 13);
    store_close(s);
}

/* What a journal gave: payloads that are none of those that were written. */
typedef struct gathered {
    const bytes *written;
    int records, wrong;
} gathered;

static void start_again(void *user) { ((gathered *)user)->records = 0; }

static bool gather(void *user, const void *payload, size_t n)
{
    gathered *g = user;
    bool known = false;
    for (size_t at = 0; at + n <= g->written->n; at += 8)
        known = known || !memcmp(g->written->data + at, payload, n);
    g->records++;
    g->wrong += !known;
    return true;
}

START_TEST(every_flipped_bit_of_the_journal_is_noticed)
{
    make_journal();
    bytes whole = read_bytes(journal_path()), b = whole;
    for (size_t bit = 0; bit < 8 * whole.n; bit++) {
        gathered g = { .written = &whole };
        journal j;
        b.data[bit / 8] ^= (unsigned char)(1u << bit % 8);
        write_bytes(place("journal"), &b, b.n);
        b.data[bit / 8] = whole.data[bit / 8];
        must(journal_init(&j, place("journal"), LOCK_ACTION_LOG,
                          (journal_reader){ start_again, gather, &g }, &e));
        must(journal_refresh(&j, &e));
        ck_assert_int_eq(g.wrong, 0);
        ck_assert_int_eq(g.records, 4); /* of five */
        ck_assert_msg(j.damaged || j.read_to < whole.n, "bit %zu", bit);
        journal_free(&j);
    }
}
END_TEST

START_TEST(a_damaged_journal_is_made_anew_from_the_records)
{
    enum { STEP = 13 };
    make_journal();
    bytes whole = read_bytes(journal_path()), b = whole;
    for (size_t bit = 0; bit < 8 * whole.n; bit += STEP) {
        b.data[bit / 8] ^= (unsigned char)(1u << bit % 8);
        write_bytes(journal_path(), &b, b.n);
        b.data[bit / 8] = whole.data[bit / 8];
        store *s = open_store();
        must_tell_the_truth(s, bit);
        ck_assert_msg(!s->action_log.damaged, "bit %zu: the journal was not made again", bit);
        store_close(s);
    }
    for (size_t n = 0; n <= whole.n; n += 8) {
        write_bytes(journal_path(), &whole, n); /* torn */
        store *s = open_store();
        ck_assert_int_eq(found(s, 3), 13);
        store_close(s);
    }
}
END_TEST

START_TEST(a_damaged_journal_that_cannot_be_replaced_is_not_believed)
{
    make_journal();
    bytes whole = read_bytes(journal_path()), b = whole;
    unlink(place("store/lock"));
    ck_assert_int_eq(mkdir(place("store/lock"), 0777), 0); /* now nothing can be written */
    for (size_t bit = 0; bit < 8 * whole.n; bit += 11) {
        b.data[bit / 8] ^= (unsigned char)(1u << bit % 8);
        write_bytes(journal_path(), &b, b.n);
        b.data[bit / 8] = whole.data[bit / 8];
        store *s = open_store();
        must_tell_the_truth(s, bit);
        store_close(s);
    }
}
END_TEST

/* A head that promises `promised` bytes of payload, and `there` bytes of it. */
static void tear(uint32_t promised, size_t there)
{
    FILE *f = fopen(journal_path(), "ab");
    uint32_t head[2] = { 0, promised };
    bytes whole = read_bytes(journal_path());
    memcpy(head, whole.data, sizeof head[0]); /* the mark of a record */
    fwrite(head, sizeof head, 1, f);
    for (size_t i = 0; i < there; i++) fputc(0, f);
    fclose(f);
}

START_TEST(a_torn_head_is_read_once_and_cut_by_the_next_writer)
{
    enum { LOOK_UPS = 1000 };
    const uint32_t promised[] = { JOURNAL_MAX_RECORD, 1 << 20, 4096 };
    const size_t there[] = { JOURNAL_MAX_RECORD - 512, (1 << 20) - 512, 100 };
    for (int i = 0; i < 3; i++) {
        store_close(open_store());
        unlink(journal_path());
        store *s = open_store();
        put(s, 1, 7);
        store_close(s);
        struct stat before, st;
        stat(journal_path(), &before);
        tear(promised[i], there[i]);
        stat(journal_path(), &st);
        s = open_store();
        for (int k = 0; k < LOOK_UPS; k++) ck_assert_int_eq(found(s, 1), 7);
        for (int k = 0; k < LOOK_UPS; k++) ck_assert_int_eq(found(s, 2), 0);
        ck_assert_msg(s->action_log.bytes_read <= 2 * (uint64_t)st.st_size,
                      "%llu bytes were read of a journal of %lld",
                      (unsigned long long)s->action_log.bytes_read, (long long)st.st_size);
        put(s, 3, 9);
        ck_assert_int_eq(found(s, 3), 9);
        ck_assert_int_eq(found(s, 1), 7);
        stat(journal_path(), &st);
        ck_assert_int_eq(st.st_size, 2 * before.st_size);
        must(store_remove(s, &(digest){ { 3 } }, &e));
        store_close(s);
    }
}
END_TEST

/* ---- limits: the same on both sides ---------------------------------------------------------- */

static bool keeps(store *s, action_record *r, const char *refusal)
{
    action_record got;
    e = (error){ 0 };
    r->key = sha256_of(&(int){ r->output_count }, sizeof(int));
    bool good = store_put_action(s, r, &e);
    if (!good) ck_assert_msg(strstr(e.message, refusal) != NULL, "%s", e.message);
    e = (error){ 0 };
    ck_assert_int_eq(store_find_action(s, &r->key, &got, &e), good);
    ck_assert_int_eq(got.output_count, good ? r->output_count : 0);
    for (int i = 0; i < got.output_count; i++)
        ck_assert_str_eq(got.output[i].port, r->output[i].port);
    action_record_free(&got);
    unlink(journal_path());
    store *fresh = open_store(); /* from the JSON file */
    ck_assert_int_eq(store_read_action(fresh, &r->key, &got, &e), good);
    ck_assert_int_eq(got.output_count, good ? r->output_count : 0);
    action_record_free(&got);
    store_close(fresh);
    must(store_remove(s, &r->key, &(error){ 0 }) == good);
    return good;
}

START_TEST(outputs_and_names_have_one_limit)
{
    store *s = open_store();
    static action_output out[ACTION_MAX_OUTPUTS + 1];
    char name[ACTION_MAX_PORT_NAME + 2];
    memset(name, 'p', sizeof name);
    name[ACTION_MAX_PORT_NAME] = 0;
    for (int i = 0; i <= ACTION_MAX_OUTPUTS; i++) out[i] = (action_output){ name, true, { { 1 } } };
    action_record r = { .output = out, .provenance = "{}", .log = "" };
    r.output_count = ACTION_MAX_OUTPUTS;
    ck_assert(keeps(s, &r, ""));
    r.output_count = ACTION_MAX_OUTPUTS + 1;
    ck_assert(!keeps(s, &r, "1025 outputs"));
    name[ACTION_MAX_PORT_NAME] = 'p';
    name[ACTION_MAX_PORT_NAME + 1] = 0;
    r.output_count = 1;
    ck_assert(!keeps(s, &r, "256 bytes"));
    store_close(s);
}
END_TEST

START_TEST(a_provenance_that_is_no_object_is_refused)
{
    store *s = open_store();
    const char *const bad[] = { "", "[]", "3", "{\"a\": }", "{\"a\": 1} x" };
    for (int i = 0; i < 5; i++) {
        action_record r = { .provenance = bad[i], .log = "" };
        ck_assert_msg(!keeps(s, &r, "JSON"), "'%s'", bad[i]);
    }
    action_record r = { .provenance = NULL, .log = "" };
    ck_assert(keeps(s, &r, ""));
    store_close(s);
}
END_TEST

START_TEST(a_long_log_keeps_its_beginning_and_its_end)
{
    enum { LONG = 3 * ACTION_MAX_LOG };
    store *s = open_store();
    char *log = malloc(LONG + 1);
    for (int i = 0; i < LONG; i++)
        log[i] = i % 64 == 63 ? '\n'
                 : i % 3 == 0 ? '\001'
                 : i % 3 == 1 ? '\xc3'
                              : '\xa9'; /* the longest form in JSON */
    memcpy(log, "first", 5);
    memcpy(log + LONG - 4, "last", 5);
    action_record r = { .key = { { 5 } }, .provenance = "{}", .log = log }, got;
    must(store_put_action(s, &r, &e));
    must(store_read_action(s, &r.key, &got, &e));
    ck_assert(!strncmp(got.log, "first", 5) && !strcmp(got.log + strlen(got.log) - 4, "last"));
    ck_assert_ptr_nonnull(strstr(got.log, "bytes of the log are left out ...]"));
    ck_assert_uint_lt(strlen(got.log), ACTION_MAX_LOG + 200);
    action_record_free(&got);
    free(log);
    store_close(s);
}
END_TEST

START_TEST(verifying_counts_what_it_finds_and_renews_the_journal)
{
    action_check c;
    make_journal();
    store *s = open_store();
    must(store_verify_actions(s, NULL, NULL, &c, &e));
    ck_assert(c.records == 2 && !c.damaged && !c.journal_alone && !c.not_in_journal
              && !c.journal_differs);
    ck_assert(c.outputs_missing == 2
              && c.actions_without == 2); /* these tests put records without values */
    ck_assert(!c.journal_bytes_damaged && !c.journal_bytes_torn);
    store_close(s);

    bytes whole = read_bytes(journal_path());
    put((s = open_store()), 4, 14); /* a record and its line; then the journal as it was before */
    unlink(record_path(s, 3));
    store_close(s);
    write_bytes(journal_path(), &whole, whole.n);
    tear(4096, 80);
    s = open_store();
    must(store_verify_actions(s, NULL, NULL, &c, &e));
    ck_assert_msg(c.records == 2 && c.journal_alone == 1 && c.not_in_journal == 1
                      && c.journal_bytes_torn == 88,
                  "%llu %llu", (unsigned long long)c.journal_alone,
                  (unsigned long long)c.journal_bytes_torn);
    must(store_verify_actions(s, NULL, NULL, &c, &e));
    ck_assert(c.records == 2 && !c.journal_alone && !c.not_in_journal && !c.journal_bytes_torn);
    ck_assert(found(s, 1) == 11 && found(s, 3) == 0 && found(s, 4) == 14);
    store_close(s);
}
END_TEST

int main(void)
{
    return run_suite(
        "store.records",
        (const TTest *const[]){
            every_flipped_bit_of_a_record_is_noticed,
            a_damaged_or_missing_record_is_forgotten_by_the_journal_too,
            records_without_a_checksum_are_made_again, every_flipped_bit_of_the_journal_is_noticed,
            a_damaged_journal_is_made_anew_from_the_records,
            a_damaged_journal_that_cannot_be_replaced_is_not_believed,
            a_torn_head_is_read_once_and_cut_by_the_next_writer, outputs_and_names_have_one_limit,
            a_provenance_that_is_no_object_is_refused, a_long_log_keeps_its_beginning_and_its_end,
            verifying_counts_what_it_finds_and_renews_the_journal, NULL });
}
