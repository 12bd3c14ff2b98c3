/* Property: a store believes no record, no journal and no large value that another user could have
 * written or could still change. Root gives files to a user of no name; else the tests that need it
 * are left out. */
#include "support/store_test.h"

enum { MALLORY = 50002, LARGE = 1 << 20 };

static bool may_give(void)
{
    return geteuid() == 0 || !printf("left out: giving files away needs root\n");
}

static digest make_store(void)
{
    store *s = open_store();
    digest d = put_numbers(s, LARGE, 1);
    action_output o = { "data", true, d };
    must(store_put_action(
        s,
        &(action_record){ .key = { { 1 } }, .output_count = 1, .output = &o, .provenance = "{}" },
        &e));
    store_close(s);
    return d;
}

static bool finds(void)
{
    action_record r = { 0 };
    store *s = open_store();
    e = (error){ 0 };
    bool found = store_find_action(s, &(digest){ { 1 } }, &r, &e);
    must(found || e.status == LOOM_OK);
    action_record_free(&r);
    store_close(s);
    return found;
}

static const char *record(void)
{
    static char path[900];
    snprintf(path, sizeof path, "%s/01/%062d.json", place("store/actions"), 0);
    return path;
}

START_TEST(a_store_that_others_may_write_to_is_not_opened)
{
    static const char *const rooms[] = { "store",     "store/objects", "store/actions",
                                         "store/tmp", "store/runs",    "store/damaged" };
    make_store();
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        chmod(place(rooms[i]), 0757);
        ck_assert_ptr_null(store_open(place("store"), &e));
        ck_assert_msg(strstr(e.message, "every user may write to"), "%s", e.message);
        ck_assert_ptr_nonnull(strstr(e.todo, "chmod -R go-w"));
        e = (error){ 0 };
        chmod(place(rooms[i]), 0755);
        ck_assert(finds());
    }
}
END_TEST

START_TEST(whatever_the_umask_others_may_not_write)
{
    struct stat st;
    umask(0);
    make_store();
    const char *const made[] = {
        place("store"),      place("store/actions"),         place("store/actions/01"),
        place("store/lock"), place("store/actions/journal"), record()
    };
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        ck_assert_msg(!stat(made[i], &st), "%s", made[i]);
        ck_assert_msg(!(st.st_mode & 022), "%s", made[i]);
    }
}
END_TEST

START_TEST(records_that_others_may_have_written_are_not_believed)
{
    make_store();
    ck_assert(finds());
    unlink(place("store/actions/journal"));
    chmod(record(), 0646);
    ck_assert(!finds());
    ck_assert_int_eq(access(record(), F_OK), -1); /* moved to damaged/ */
    make_store();
    chmod(place("store/actions/journal"), 0646);
    ck_assert(finds()); /* by the record */
    if (!may_give()) return;
    unlink(place("store/actions/journal"));
    ck_assert(finds());
    ck_assert_int_eq(chown(record(), MALLORY, 0), 0);
    unlink(place("store/actions/journal"));
    ck_assert(!finds());
}
END_TEST

START_TEST(links_and_pipes_are_no_records)
{
    make_store();
    rename(record(), place("elsewhere"));
    ck_assert_int_eq(symlink(place("elsewhere"), record()), 0);
    unlink(place("store/actions/journal"));
    ck_assert(!finds());
    make_store();
    unlink(record());
    ck_assert_int_eq(mkfifo(record(), 0600), 0);
    unlink(place("store/actions/journal"));
    alarm(30);
    ck_assert(!finds());
    unlink(place("store/actions/journal"));
    ck_assert_int_eq(mkfifo(place("store/actions/journal"), 0600), 0);
    finds();
    alarm(0);
}
END_TEST

/* The bytes whose digest was checked are those that are used, also where the file's owner changes
 * them in between. */
START_TEST(a_large_value_of_another_user_is_copied)
{
    text path = { 0 };
    struct stat st;
    if (!may_give()) return;
    digest d = make_store();
    store *s = open_store();
    store_object_path(s, &d, &path);
    ck_assert_int_eq(chown(path.data, MALLORY, 0), 0);
    for (int verify = 0; verify < 2; verify++) {
        loom_value *v = store_get(s, &d, verify, &e);
        must(v != NULL);
        int fd = open(path.data, O_RDWR);
        ck_assert(fd >= 0 && !fstat(fd, &st));
        char *old = malloc((size_t)st.st_size), *zeros = calloc(1, (size_t)st.st_size);
        ck_assert(pread(fd, old, (size_t)st.st_size, 0) == st.st_size);
        ck_assert(pwrite(fd, zeros, (size_t)st.st_size, 0) == st.st_size);
        digest now = value_digest(v);
        ck_assert(digest_equal(&now, &d));
        value_free(v);
        ck_assert(pwrite(fd, old, (size_t)st.st_size, 0) == st.st_size);
        close(fd);
        free(old);
        free(zeros);
    }
    /* changed while nobody read: noticed, also without `verify`, which is for one's own */
    int fd = open(path.data, O_RDWR);
    ck_assert(fd >= 0 && pwrite(fd, "x", 1, st.st_size - 1) == 1);
    close(fd);
    ck_assert_ptr_null(store_get(s, &d, false, &e));
    ck_assert_ptr_nonnull(strstr(e.message, "damaged"));
    store_close(s);
    text_free(&path);
}
END_TEST

START_TEST(a_group_store_is_made_once_and_of_nothing_else)
{
    char group[32];
    snprintf(group, sizeof group, "%u", (unsigned)getegid());
    must(store_make_group(place("ours"), group, &e));
    ck_assert(!store_make_group(place("ours"), group, &e));
    ck_assert_ptr_nonnull(strstr(e.message, "is a group store already"));
    e = (error){ 0 };
    make_store();
    ck_assert(!store_make_group(place("store"), group, &e));
    ck_assert_ptr_nonnull(strstr(e.message, "is a store of one user"));
    e = (error){ 0 };
    mkdir(place("full"), 0755);
    write_file(place("full/thesis.tex"), "precious");
    ck_assert(!store_make_group(place("full"), group, &e));
    ck_assert_ptr_nonnull(strstr(e.message, "is not empty"));
    e = (error){ 0 };
    ck_assert(!store_make_group(place("new"), "no_group_of_this_name", &e));
    ck_assert_ptr_nonnull(strstr(e.message, "there is no group"));
}
END_TEST

int main(void)
{
    return run_suite("store.trust",
                     (const TTest *const[]){
                         a_store_that_others_may_write_to_is_not_opened,
                         whatever_the_umask_others_may_not_write,
                         records_that_others_may_have_written_are_not_believed,
                         links_and_pipes_are_no_records, a_large_value_of_another_user_is_copied,
                         a_group_store_is_made_once_and_of_nothing_else, NULL });
}
