/* A store is recognised by what it holds, whatever became of its marker; what is not a store is
 * left alone. And where a store is. */
#include "support/store_test.h"

static const char right[] = "atomloom store, format 1\n";
static const char *marker(void) { return place("store/atomloom-store"); }

static void make_store(digest *d)
{
    store *s = open_store();
    *d = put_numbers(s, 100, 1);
    action_output o = { "data", true, *d };
    must(store_put_action(
        s,
        &(action_record){ .key = { { 1 } }, .output_count = 1, .output = &o, .provenance = "{}" },
        &e));
    store_close(s);
}

static void marker_is_right(void)
{
    char found[64] = { 0 };
    FILE *f = fopen(marker(), "rb");
    ck_assert_ptr_nonnull(f);
    fread(found, 1, sizeof found - 1, f);
    fclose(f);
    ck_assert_str_eq(found, right);
}

/* As it was, with a right marker. */
static void opens_again(const digest *d)
{
    store *s = open_store();
    loom_value *v = store_get(s, d, true, &e);
    must(v != NULL);
    value_free(v);
    action_record r;
    must(store_find_action(s, &(digest){ { 1 } }, &r, &e));
    action_record_free(&r);
    store_close(s);
    marker_is_right();
}

START_TEST(a_marker_that_is_gone_empty_or_damaged_is_written_anew)
{
    digest d;
    make_store(&d);
    unlink(marker());
    opens_again(&d);
    for (size_t n = 0; n < sizeof right - 1; n++) {
        ck_assert_int_eq(truncate(marker(), (off_t)n), 0);
        opens_again(&d);
    }
    for (size_t bit = 0; bit < 8 * (sizeof right - 1); bit++) {
        char changed[sizeof right];
        memcpy(changed, right, sizeof right);
        changed[bit / 8] ^= (char)(1 << bit % 8);
        FILE *f = fopen(marker(), "wb");
        fwrite(changed, 1, sizeof right - 1, f);
        fclose(f);
        store *s = store_open(place("store"), &e);
        if (!s) { /* only where it now looks like a later format, and the hint leads on */
            ck_assert_msg(strstr(e.message, "says format") && strstr(e.todo, "remove it"),
                          "bit %zu: %s", bit, e.message);
            e = (error){ 0 };
            unlink(marker());
        }
        store_close(s);
        opens_again(&d);
    }
    FILE *f = fopen(marker(), "wb");
    for (int i = 0; i < 100000; i++) fputs("noise", f);
    fclose(f);
    opens_again(&d);
    ck_assert_int_eq(files_in("store"), 7); /* five rooms, marker, lock: nothing is left over */
}
END_TEST

START_TEST(rooms_that_a_copy_left_out_are_made_again)
{
    digest d;
    make_store(&d);
    rmdir(place("store/tmp"));
    rmdir(place("store/runs"));
    rmdir(place("store/damaged"));
    unlink(marker());
    opens_again(&d);
    mkdir(place("begun"), 0777); /* killed while it was being made */
    mkdir(place("begun/objects"), 0777);
    mkdir(place("begun/tmp"), 0777);
    store *s = store_open(place("begun"), &e);
    must(s != NULL);
    store_close(s);
}
END_TEST

static void is_refused(const char *name, const char *holds)
{
    e = (error){ 0 };
    ck_assert_msg(!store_open(place(name), &e), "%s", name);
    ck_assert_msg(strstr(e.message, holds) != NULL, "%s: %s", name, e.message);
    ck_assert_ptr_nonnull(strstr(e.todo, "--store"));
    ck_assert_msg(access(place(name), F_OK) == 0, "%s", name);
    e = (error){ 0 };
}

static void make_file(const char *path)
{
    char whole[700];
    snprintf(whole, sizeof whole, "%s", place(path));
    for (char *c = whole + strlen(scratch_directory()) + 1; *c; c++) {
        if (*c != '/') continue;
        *c = 0;
        mkdir(whole, 0777);
        *c = '/';
    }
    write_file(whole, "precious");
}

START_TEST(what_is_not_a_store_is_refused_and_left_as_it_is)
{
    static const struct {
        const char *file, *folder, *holds;
    } cases[] = {
        { "home/.bashrc", "home", ".bashrc" },
        { "git/objects/pack/p", "git", "objects/pack" },
        { "mail/tmp/letter.1", "mail", "tmp/letter.1" },
        { "two/objects/ab/x", "two", "objects" },
        { "both/objects/ab/x", "both", "actions/film" },
        { "thesis/chapter.tex", "thesis", "chapter.tex" },
    };
    make_file("both/actions/film/x");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_file(cases[i].file);
        char damaged[100];
        is_refused(cases[i].folder, cases[i].holds);
        snprintf(damaged, sizeof damaged, "%s/atomloom-store", cases[i].folder);
        ck_assert_msg(access(place(damaged), F_OK) != 0, "%s", cases[i].folder);
        write_file(place(damaged), "");
        is_refused(cases[i].folder, "says nothing");
        struct stat st;
        ck_assert(!stat(place(cases[i].file), &st) && st.st_size == 8);
    }
}
END_TEST

START_TEST(a_store_without_marker_that_may_only_be_read_can_be_read)
{
    digest d;
    make_store(&d);
    unlink(marker());
    char command[900];
    snprintf(command, sizeof command, "chmod -R a-w,a+rX '%s' && chmod a+rx '%s'", place("store"),
             scratch_directory());
    ck_assert_int_eq(system(command), 0);
    pid_t child = fork();
    if (!child) {
        if (!getuid() && setuid(65534)) _exit(9);
        store *s = store_open(place("store"), &e);
        must(s != NULL);
        loom_value *v = store_get(s, &d, true, &e);
        must(v != NULL);
        _exit(0);
    }
    ck_assert_int_eq(wait_for(child), 0);
    snprintf(command, sizeof command, "chmod -R u+w '%s'", place("store"));
    ck_assert_int_eq(system(command), 0);
}
END_TEST

/* ---- where the store is ---------------------------------------------------------------------- */

static void is_at(const char *expected)
{
    e = (error){ 0 };
    char *path = store_default_path(&e);
    if (expected) ck_assert_str_eq(path ? path : e.message, expected);
    else ck_assert_msg(!path && *e.message && *e.todo, "%s", path ? path : "no message");
    free(path);
    e = (error){ 0 };
}

START_TEST(a_tilde_is_the_home_directory_and_relative_defaults_are_ignored)
{
    setenv("HOME", "/home/maria", 1);
    unsetenv("XDG_CACHE_HOME");
    setenv("ATOMLOOM_STORE", "~/al", 1);
    is_at("/home/maria/al");
    setenv("ATOMLOOM_STORE", "~", 1);
    is_at("/home/maria");
    setenv("ATOMLOOM_STORE", "a~/b", 1);
    is_at("a~/b");
    setenv("ATOMLOOM_STORE", "~otto/al", 1);
    is_at(NULL);
    setenv("ATOMLOOM_STORE", "", 1);
    is_at("/home/maria/.cache/atomloom");
    setenv("XDG_CACHE_HOME", "~/fast", 1);
    is_at("/home/maria/fast/atomloom");
    setenv("XDG_CACHE_HOME", "fast", 1);
    is_at("/home/maria/.cache/atomloom");
    setenv("XDG_CACHE_HOME", "/fast", 1);
    is_at("/fast/atomloom");
    unsetenv("XDG_CACHE_HOME");
    setenv("HOME", "maria", 1);
    is_at(NULL);
    setenv("ATOMLOOM_STORE", "~/al", 1);
    is_at(NULL);
    ck_assert_ptr_null(store_path_of("", &e));
    ck_assert(e.status == LOOM_E_PARAM && strstr(e.message, "--store")
              && strstr(e.todo, "--store DIR"));
}
END_TEST

int main(void)
{
    return run_suite("store.marker",
                     (const TTest *const[]){
                         a_marker_that_is_gone_empty_or_damaged_is_written_anew,
                         rooms_that_a_copy_left_out_are_made_again,
                         what_is_not_a_store_is_refused_and_left_as_it_is,
                         a_store_without_marker_that_may_only_be_read_can_be_read,
                         a_tilde_is_the_home_directory_and_relative_defaults_are_ignored, NULL });
}
