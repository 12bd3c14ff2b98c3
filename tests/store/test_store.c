/* What a store promises: what was put is got; damage is found; nothing half-written is seen;
 * refusals are clear. */
#include "support/store_test.h"

START_TEST(what_was_put_is_got)
{
    store *s = open_store();
    /* both ways of writing, and their border */
    const int64_t sizes[] = { 0, 1, 1000, 262144, 262145, 5000000 };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        loom_value *v = numbers(sizes[i], (unsigned)i);
        digest d, own = value_digest(v), again;
        must(store_put(s, v, &d, &e));
        ck_assert(digest_equal(&d, &own));
        must(store_put(s, v, &again, &e)); /* a second time: the same, and no second file */
        ck_assert(digest_equal(&d, &again) && store_has(s, &d));
        loom_value *back = store_get(s, &d, true, &e);
        must(back != NULL);
        ck_assert_mem_eq(value_array(back, "data")->data, value_array(v, "data")->data,
                         (size_t)sizes[i] * 4);
        value_free(back);
        value_free(v);
    }
    ck_assert_int_eq(files_in("store/tmp"), 0);
    digest unknown = { { 7 } };
    ck_assert(!store_has(s, &unknown));
    ck_assert_ptr_null(store_get(s, &unknown, false, &e));
    ck_assert_int_eq(e.status, LOOM_E_IO);
    store_close(s);
}
END_TEST

START_TEST(a_flipped_bit_anywhere_is_found_and_the_object_set_aside)
{
    store *s = open_store();
    loom_value *v = numbers(100, 1);
    digest d;
    text path = { 0 };
    struct stat st;
    must(store_put(s, v, &d, &e) && store_object_path(s, &d, &path) && !stat(path.data, &st));
    int unnoticed = 0;
    for (off_t at = 0; at < st.st_size; at += 3) {
        flip_bit(path.data, at);
        e = (error){ 0 };
        loom_value *back = store_get(s, &d, true, &e);
        if (back) { /* a byte that means nothing: the value is as it was */
            digest own = value_digest(back);
            ck_assert(digest_equal(&own, &d));
            unnoticed++;
            value_free(back);
            flip_bit(path.data, at);
            continue;
        }
        ck_assert_int_eq(e.status, LOOM_E_IO);
        ck_assert_ptr_nonnull(strstr(e.todo, "run the pipeline again"));
        ck_assert(!store_has(s, &d));
        must(store_put(s, v, &d, &(error){ 0 })); /* made anew */
    }
    ck_assert_int_eq(files_in("store/damaged"), 1);
    ck_assert_int_lt(unnoticed, (int)st.st_size / 3);
    text_free(&path);
    value_free(v);
    store_close(s);
}
END_TEST

START_TEST(actions_are_found_read_and_replaced)
{
    store *s = open_store(), *other = open_store();
    digest key = { { 1, 2, 3 } }, unknown = { { 9 } };
    action_output out[3] = { { "volume", true, { { 5 } } },
                             { "a port with no value", false, { { 0 } } },
                             { "mask", true, { { 6 } } } };
    action_record r = { .key = key,
                        .output_count = 3,
                        .output = out,
                        .wall_s = 0.1,
                        .cpu_s = 0.05,
                        .started = 1.7e9 + 0.25,
                        .peak_bytes = 1u << 30,
                        .provenance = "{\"op\": \"volume.threshold\", \"level\": 0.1}",
                        .log = "line\n\xff\xfe not UTF-8\n" },
                  got;
    ck_assert(!store_find_action(s, &key, &got, &e) && e.status == LOOM_OK);
    must(store_put_action(s, &r, &e));
    for (int way = 0; way < 3; way++) {
        must(way == 0   ? store_find_action(s, &key, &got, &e)
             : way == 1 ? store_find_action(other, &key, &got, &e)
                        : store_read_action(s, &key, &got, &e));
        ck_assert_int_eq(got.output_count, 3);
        for (int i = 0; i < 3; i++) {
            ck_assert_str_eq(got.output[i].port, out[i].port);
            ck_assert_int_eq(got.output[i].made, out[i].made);
            ck_assert(!out[i].made || digest_equal(&got.output[i].value, &out[i].value));
        }
        ck_assert(got.wall_s == 0.1 && got.cpu_s == 0.05 && got.started == r.started
                  && got.peak_bytes == r.peak_bytes);
        if (way == 2) {
            ck_assert_ptr_nonnull(strstr(got.provenance, "\"volume.threshold\""));
            ck_assert_ptr_nonnull(strstr(got.provenance, "0.1"));
            ck_assert_str_eq(got.log, "line\n?? not UTF-8\n");
        }
        action_record_free(&got);
    }
    out[0].value.byte[0] = 77;
    must(store_put_action(other, &r, &e));
    must(store_find_action(s, &key, &got, &e)); /* replaced by another: seen here */
    ck_assert_int_eq(got.output[0].value.byte[0], 77);
    action_record_free(&got);
    ck_assert(!store_find_action(s, &unknown, &got, &e) && e.status == LOOM_OK);
    store_close(s);
    store_close(other);
}
END_TEST

/* In a child: 0 when it got the claim. */
static int claim_in_child(store *s, const digest *key)
{
    pid_t child = fork();
    if (!child) _exit(store_claim(s, key, &e) ? 0 : e.status == LOOM_OK ? 1 : 2);
    int status;
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

START_TEST(a_claim_excludes_everybody_and_ends_with_its_process)
{
    store *s = open_store(), *twin = open_store();
    digest key = { { 42 } }, free_key = { { 43 } };
    must(store_claim(s, &key, &e));
    ck_assert(!store_claim(s, &key, &e) && !store_claim(twin, &key, &e) && e.status == LOOM_OK);
    ck_assert_int_eq(claim_in_child(s, &key), 1);      /* not inherited, and excluded */
    ck_assert_int_eq(claim_in_child(s, &free_key), 0); /* whose end frees it: */
    must(store_claim(twin, &free_key, &e));
    /* closing one store must not drop the locks of another */
    store_close(twin);
    ck_assert_int_eq(claim_in_child(s, &key), 1);
    store_release(s, &key);
    ck_assert_int_eq(claim_in_child(s, &key), 0);
    store_close(s);
}
END_TEST

START_TEST(file_hashes_follow_the_content)
{
    store *s = open_store();
    const char *path = place("input");
    digest d, want = sha256_of("one", 3), other = sha256_of("two", 3);
    for (int i = 0; i < 50; i++) { /* same size, times that may be equal: never the old hash */
        write_file(path, i % 2 ? "one" : "two");
        must(store_hash_file(s, path, &d, &e));
        ck_assert(digest_equal(&d, i % 2 ? &want : &other));
    }
    usleep(120000);
    must(store_hash_file(s, path, &d, &e)); /* settled: remembered now */
    ck_assert(digest_equal(&d, &want));
    store *fresh = open_store();
    chmod(path, 0); /* changes ctime */
    chmod(path, 0600);
    must(store_hash_file(fresh, path, &d, &e));
    ck_assert(digest_equal(&d, &want));
    ck_assert(!store_hash_file(s, place("missing"), &d, &e));
    ck_assert_int_eq(e.status, LOOM_E_IO);
    e = (error){ 0 };
    ck_assert(!store_hash_file(s, scratch_directory(), &d, &e));
    store_close(s);
    store_close(fresh);
}
END_TEST

START_TEST(foreign_directories_and_later_formats_are_refused)
{
    mkdir(place("home"), 0777);
    write_file(place("home/thesis.tex"), "precious");
    ck_assert_ptr_null(store_open(place("home"), &e));
    ck_assert_ptr_nonnull(strstr(e.message, "thesis.tex"));
    e = (error){ 0 };
    store_close(open_store());
    write_file(place("store/atomloom-store"), "atomloom store, format 7\n");
    ck_assert_ptr_null(store_open(place("store"), &e));
    ck_assert_ptr_nonnull(strstr(e.message, "format 7"));
    ck_assert_ptr_nonnull(strstr(e.message, "format 1"));
    e = (error){ 0 };
    write_file(place("plain"), "");
    ck_assert_ptr_null(store_open(place("plain"), &e));
    ck_assert_ptr_nonnull(strstr(e.message, "not a directory"));
}
END_TEST

int main(void)
{
    return run_suite("store.store", (const TTest *const[]){
                                        what_was_put_is_got,
                                        a_flipped_bit_anywhere_is_found_and_the_object_set_aside,
                                        actions_are_found_read_and_replaced,
                                        a_claim_excludes_everybody_and_ends_with_its_process,
                                        file_hashes_follow_the_content,
                                        foreign_directories_and_later_formats_are_refused, NULL });
}
