/* Property: the directory of a crate appears whole or not at all, its files have names that are
 * safe and different, and other bytes than the expected ones are a failure. */
#include "cli/crate_dir.h"
#include "support/suite.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64], target[80];

static void setup(void)
{
    strcpy(dir, "/tmp/atomloom-crate-XXXXXX");
    ck_assert(mkdtemp(dir) != NULL);
    snprintf(target, sizeof target, "%s/crate", dir);
}

static void teardown(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    ck_assert_int_eq(system(command), 0);
}

static void shell(const char *format, const char *path, int expected)
{
    char command[256];
    snprintf(command, sizeof command, format, path);
    ck_assert_int_eq(WEXITSTATUS(system(command)), expected);
}

/* Nothing is left beside `files` names of ours. */
static void entries_are(int files)
{
    char command[160];
    snprintf(command, sizeof command, "test $(ls -A '%s' | wc -l) = %d", dir, files);
    ck_assert_int_eq(WEXITSTATUS(system(command)), 0);
}

START_TEST(a_whole_one_appears_with_its_files)
{
    error e = { 0 };
    crate_dir d = { 0 };
    crate_file f, again;
    char from[96], hex[65];
    snprintf(from, sizeof from, "%s/data", dir);
    shell("printf abc > '%s'", from, 0);
    ck_assert_msg(crate_dir_begin(&d, target, &e), "%s", e.message);
    ck_assert(access(target, F_OK) != 0);
    ck_assert(crate_dir_folder(&d, "in", &e) && crate_dir_folder(&d, "in", &e));
    const char *name = crate_dir_name(&d, "in/", "data", &e);
    ck_assert_str_eq(name, "in/data");
    digest abc = sha256_of("abc", 3);
    ck_assert_msg(crate_dir_copy(&d, from, name, &abc, &f, &e), "%s", e.message);
    ck_assert_uint_eq(f.bytes, 3);
    ck_assert_str_eq(digest_text(&f.content, hex),
                     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    ck_assert(crate_dir_measure(&d, name, &again, &e) && digest_equal(&f.content, &again.content)
              && again.bytes == 3);
    ck_assert(crate_dir_write(&d, crate_dir_name(&d, "", "empty", &e), "", 0, &f, &e));
    ck_assert_msg(crate_dir_commit(&d, &e), "%s", e.message);
    crate_dir_end(&d);
    shell("cd '%s' && test \"$(find . | sort | tr '\\n' ' ')\" = '. ./empty ./in ./in/data '",
          target, 0);
    shell("test $(stat -c %%a '%s') = $(printf %%o $((0777 & ~$(umask))))", target, 0);
    entries_are(2);
}
END_TEST

START_TEST(other_bytes_leave_nothing)
{
    error e = { 0 };
    crate_dir d = { 0 };
    crate_file f;
    char from[96];
    snprintf(from, sizeof from, "%s/data", dir);
    shell("printf abd > '%s'", from, 0);
    digest abc = sha256_of("abc", 3);
    ck_assert(crate_dir_begin(&d, target, &e));
    ck_assert(!crate_dir_copy(&d, from, crate_dir_name(&d, "", "data", &e), &abc, &f, &e));
    ck_assert_msg(
        strstr(e.message, "its sha256 is a52d159f262b2c6d..., it was ba7816bf8f01cfea..."), "%s",
        e.message);
    ck_assert_int_eq(e.status, LOOM_E_DATA);
    crate_dir_end(&d);
    entries_are(1);
}
END_TEST

START_TEST(what_cannot_be_read_leaves_nothing)
{
    static const char *const commands[] = { "true '%s'", "mkdir '%s'", "mkfifo '%s'",
                                            "ln -s nowhere '%s'" };
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        error e = { 0 };
        crate_dir d = { 0 };
        crate_file f;
        char from[96];
        snprintf(from, sizeof from, "%s/data", dir);
        shell(commands[i], from, 0);
        ck_assert(crate_dir_begin(&d, target, &e));
        ck_assert(!crate_dir_copy(&d, from, crate_dir_name(&d, "", "data", &e), NULL, &f, &e));
        ck_assert_msg(strstr(e.message, "cannot read") != NULL, "%s", e.message);
        crate_dir_end(&d);
        ck_assert(access(target, F_OK) != 0);
        shell("rm -rf '%s'", from, 0);
        entries_are(0);
    }
}
END_TEST

START_TEST(nothing_is_written_over)
{
    static const char *const commands[] = { "mkdir '%s'", "touch '%s'", "ln -s nowhere '%s'" };
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        error e = { 0 };
        crate_dir d = { 0 };
        ck_assert(crate_dir_begin(&d, target, &e)); /* it appears meanwhile */
        shell(commands[i], target, 0);
        ck_assert(!crate_dir_commit(&d, &e));
        ck_assert_msg(strstr(e.message, "is there already") != NULL, "%s", e.message);
        crate_dir_end(&d);
        entries_are(1);
        memset(&e, 0, sizeof e); /* it was there before */
        ck_assert(!crate_dir_begin(&d, target, &e) && e.status == LOOM_E_PARAM);
        crate_dir_end(&d);
        entries_are(1);
        shell("rm -rf '%s'", target, 0);
    }
    error e = { 0 };
    crate_dir d = { 0 };
    ck_assert(!crate_dir_begin(&d, "/nonexistent/crate", &e) && e.status == LOOM_E_IO);
    crate_dir_end(&d);
    memset(&e, 0, sizeof e);
    ck_assert(!crate_dir_begin(&d, "", &e) && e.status == LOOM_E_PARAM);
    crate_dir_end(&d);
}
END_TEST

START_TEST(names_are_safe_and_different)
{
    static const char *const names[][3] = {
        { "in/", "data.csv", "in/data.csv" },
        { "in/", "data.csv", "in/data-2.csv" },
        { "in/", "DATA.csv", "in/DATA-3.csv" },
        { "out/", "data.csv", "out/data.csv" },
        { "in/", "data-2.csv", "in/data-2-2.csv" },
        { "", "a b#%?.txt", "a_b___.txt" },
        { "", "größe.txt", "gr__e.txt" },
        { "", ".hidden", "_hidden" },
        { "", ".hidden", "_hidden-2" },
        { "", "..", "_." },
        { "", "", "_" },
        { "", "x", "x" },
        { "", "x", "x-2" },
        { "", "D[minutes=30]", "D_minutes=30_" },
    };
    error e = { 0 };
    crate_dir d = { 0 };
    ck_assert(crate_dir_begin(&d, target, &e));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *got = crate_dir_name(&d, names[i][0], names[i][1], &e);
        ck_assert_str_eq(got, names[i][2]);
    }
    crate_dir_end(&d);
    entries_are(0);
}
END_TEST

START_TEST(an_interrupt_leaves_nothing)
{
    error e = { 0 };
    crate_dir d = { 0 };
    crate_file f;
    struct sigaction before, after;
    sigaction(SIGINT, NULL, &before);
    ck_assert(crate_dir_begin(&d, target, &e));
    ck_assert(crate_dir_write(&d, crate_dir_name(&d, "", "one", &e), "1", 1, &f, &e));
    raise(SIGINT);
    ck_assert(!crate_dir_write(&d, crate_dir_name(&d, "", "two", &e), "2", 1, &f, &e));
    ck_assert_int_eq(e.status, LOOM_E_CANCELLED);
    ck_assert(!crate_dir_commit(&d, &e));
    crate_dir_end(&d);
    entries_are(0);
    sigaction(SIGINT, NULL, &after);
    ck_assert(after.sa_handler == before.sa_handler);
}
END_TEST

TEST_MAIN_WITH("crate_dir", ((suite_options){ .setup = setup, .teardown = teardown }),
               a_whole_one_appears_with_its_files, other_bytes_leave_nothing,
               what_cannot_be_read_leaves_nothing, nothing_is_written_over,
               names_are_safe_and_different, an_interrupt_leaves_nothing)
