/* A file of the user's is there whole or not at all, with the permissions it had, and no link is a
 * trap. */
#include "base/new_file.h"
#include "support/suite.h"
#include "support/scratch.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static error e;

static const char *place(const char *name)
{
    static char path[8][700];
    static int next;
    char *p = path[next++ % 8];
    snprintf(p, sizeof path[0], "%s/%s", scratch_directory(), name);
    return p;
}

static void put(const char *path, const char *content)
{
    FILE *f = fopen(path, "wb");
    ck_assert_ptr_nonnull(f);
    fputs(content, f);
    fclose(f);
}

static void holds(const char *path, const char *content)
{
    char found[256] = { 0 };
    FILE *f = fopen(path, "rb");
    ck_assert_msg(f != NULL, "%s", path);
    if (!fread(found, 1, sizeof found - 1, f)) found[0] = 0;
    fclose(f);
    ck_assert_str_eq(found, content);
}

static void write_new(const char *path, const char *content)
{
    e = (error){ 0 };
    ck_assert_msg(new_file_whole(path, content, strlen(content), NULL, 0, &e), "%s", e.message);
}

/* Is there one of our own names left anywhere? */
static void nothing_is_left(void)
{
    char command[800];
    snprintf(command, sizeof command, "test -z \"$(find '%s' -name '*.part')\"",
             scratch_directory());
    ck_assert_int_eq(system(command), 0);
}

static mode_t mode_of(const char *path)
{
    struct stat st;
    ck_assert_int_eq(stat(path, &st), 0);
    return st.st_mode & 07777;
}

START_TEST(a_file_is_replaced_when_the_new_one_is_finished)
{
    new_file f;
    put(place("a"), "before");
    ck_assert(new_file_open(&f, place("a"), &e) && new_file_write(&f, "af", 2, &e));
    holds(place("a"), "before");
    ck_assert(new_file_write(&f, "ter", 3, &e) && new_file_commit(&f, &e));
    holds(place("a"), "after");
    ck_assert(new_file_open(&f, place("a"), &e) && new_file_write(&f, "no", 2, &e));
    new_file_drop(&f);
    holds(place("a"), "after");
    nothing_is_left();
}
END_TEST

START_TEST(permissions_stay_and_new_ones_follow_the_umask)
{
    new_file f;
    struct stat st;
    umask(027);
    write_new(place("new"), "x");
    ck_assert_uint_eq(mode_of(place("new")), 0640);
    const mode_t modes[] = { 0600, 0644, 0666, 0755, 0700 };
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        put(place("old"), "x");
        chmod(place("old"), modes[i]);
        ck_assert(new_file_open(&f, place("old"), &e) && !fstat(f.fd, &st));
        ck_assert_uint_eq(st.st_mode & 07777 & ~modes[i], 0); /* never more open than it will be */
        ck_assert(new_file_commit(&f, &e));
        ck_assert_uint_eq(mode_of(place("old")), modes[i]);
    }
}
END_TEST

START_TEST(links_lead_to_what_they_name_and_no_trap_is_followed)
{
    struct stat st;
    char trap[800];
    mkdir(place("dir"), 0777);
    put(place("dir/real"), "before");
    ck_assert_int_eq(symlink("dir/real", place("link")), 0);
    ck_assert_int_eq(symlink("link", place("again")), 0);
    write_new(place("again"), "after");
    holds(place("dir/real"), "after");
    ck_assert(!lstat(place("link"), &st) && S_ISLNK(st.st_mode) && !lstat(place("again"), &st)
              && S_ISLNK(st.st_mode));
    ck_assert_int_eq(symlink("dir/nothing", place("dangling")), 0);
    write_new(place("dangling"), "there");
    holds(place("dir/nothing"), "there");
    ck_assert_int_eq(symlink("round", place("round")), 0);
    ck_assert(!new_file_whole(place("round"), "x", 1, NULL, 0, &e)
              && strstr(e.message, "symbolic links"));
    e = (error){ 0 };
    put(place("victim"), "precious");
    for (int k = 0; k < 3; k++) {
        snprintf(trap, sizeof trap, "%s.%ld.%d.part", place("shared"), (long)getpid(), k);
        ck_assert_int_eq(k < 2 ? symlink(place("victim"), trap) : link(place("victim"), trap), 0);
    }
    write_new(place("shared"), "ours");
    holds(place("victim"), "precious");
    holds(place("shared"), "ours");
    ck_assert(!lstat(trap, &st)); /* what is somebody else's stays */
    put(place("one"), "before");
    ck_assert_int_eq(link(place("one"), place("other")), 0);
    write_new(place("one"), "after");
    holds(place("other"), "before"); /* another name of the old file */
}
END_TEST

START_TEST(failures_leave_nothing_and_say_what_to_do)
{
    mkdir(place("full"), 0777);
    ck_assert(!new_file_whole(place("full"), "x", 1, NULL, 0, &e)
              && strstr(e.message, "Is a directory"));
    e = (error){ 0 };
    ck_assert(!new_file_whole(place("none/x"), "x", 1, NULL, 0, &e)
              && strstr(e.message, "No such file"));
    e = (error){ 0 };
    ck_assert(!new_file_whole("/dev/full", "x", 1, NULL, 0, &e));
    ck_assert(strstr(e.message, "No space left") && strstr(e.todo, "free some space")
              && !strstr(e.todo, "store"));
    e = (error){ 0 };
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = 10;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    put(place("kept"), "before");
    ck_assert(!new_file_whole(place("kept"), "longer than ten bytes", 21, NULL, 0, &e)
              && strstr(e.todo, "ulimit -f"));
    holds(place("kept"), "before");
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_FSIZE, &limit);
    nothing_is_left();
    char name[256];
    memset(name, 'n', 255);
    name[255] = 0;
    write_new(place(name), "a name as long as it may be");
    nothing_is_left();
}
END_TEST

START_TEST(a_write_protected_file_is_not_replaced)
{
    chmod(scratch_directory(), 0777);
    pid_t child = fork();
    if (!child) {
        if (!getuid() && setuid(65534)) _exit(9);
        put(place("mine"), "x");
        chmod(place("mine"), 0444);
        bool good = new_file_whole(place("mine"), "y", 1, NULL, 0, &e);
        _exit(!good && strstr(e.message, "Permission denied") ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    ck_assert_int_eq(status, 0);
    unlink(place("mine"));
}
END_TEST

START_TEST(a_signal_that_ends_the_program_removes_what_was_begun)
{
    const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        pid_t child = fork();
        if (!child) {
            new_file f;
            setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
            signal(signals[i], SIG_DFL);
            if (!new_file_open(&f, place("cut"), &e) || !new_file_write(&f, "half", 4, &e))
                _exit(9);
            raise(signals[i]);
            _exit(8);
        }
        int status;
        waitpid(child, &status, 0);
        ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == signals[i], "signal %d: %x",
                      signals[i], (unsigned)status);
        nothing_is_left();
        ck_assert_int_ne(access(place("cut"), F_OK), 0);
    }
    new_file f;
    struct sigaction before, now;
    signal(SIGHUP, SIG_IGN); /* nohup */
    signal(SIGTERM, SIG_DFL);
    sigaction(SIGTERM, NULL, &before);
    ck_assert(new_file_open(&f, place("nohup"), &e));
    raise(SIGHUP);
    ck_assert(new_file_commit(&f, &e));
    sigaction(SIGTERM, NULL, &now);
    ck_assert(now.sa_handler == before.sa_handler);
    ck_assert_int_eq(access(place("nohup"), F_OK), 0);
}
END_TEST

START_TEST(pipes_devices_and_standard_output_are_written_to_as_they_are)
{
    struct stat st;
    char found[8] = { 0 };
    ck_assert_int_eq(mkfifo(place("pipe"), 0666), 0);
    pid_t child = fork();
    if (!child) _exit(new_file_whole(place("pipe"), "to", 2, " it", 3, &e) ? 0 : 1);
    int fd = open(place("pipe"), O_RDONLY), status;
    for (size_t n = 0; n < 5;) { /* what is written in two pieces may be read in two */
        ssize_t piece = read(fd, found + n, 5 - n);
        ck_assert_int_gt(piece, 0);
        n += (size_t)piece;
    }
    waitpid(child, &status, 0);
    ck_assert(!status && !strcmp(found, "to it") && !stat(place("pipe"), &st)
              && S_ISFIFO(st.st_mode));
    write_new("/dev/null", "x");
    ck_assert(!stat("/dev/null", &st) && S_ISCHR(st.st_mode));
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    child = fork();
    if (!child) {
        dup2(ends[1], STDOUT_FILENO);
        _exit(new_file_whole("-", "out", 3, NULL, 0, &e) ? 0 : 1);
    }
    close(ends[1]);
    memset(found, 0, sizeof found);
    ck_assert_int_eq(read(ends[0], found, 7), 3);
    waitpid(child, &status, 0);
    ck_assert(!status && !strcmp(found, "out"));
}
END_TEST

TEST_MAIN("base.new_file", a_file_is_replaced_when_the_new_one_is_finished,
          permissions_stay_and_new_ones_follow_the_umask,
          links_lead_to_what_they_name_and_no_trap_is_followed,
          failures_leave_nothing_and_say_what_to_do, a_write_protected_file_is_not_replaced,
          a_signal_that_ends_the_program_removes_what_was_begun,
          pipes_devices_and_standard_output_are_written_to_as_they_are)
