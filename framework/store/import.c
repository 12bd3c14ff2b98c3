/* store/import.c - HDF5 files of the outside world. See value_read_h5
 *
 * A damaged file of the older forms of HDF5, which carry no checksums, can crash the library (its
 * fuzzers and ours find such files). So a file that is not of our own, checked form is read in a
 * child process, which writes it again in that form. */
#include "store/export.h"
#include "store/inside.h"
#include "store/object.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child: reads `path`, writes it to `again`, reports through `pipe_end`. */
static _Noreturn void convert(const char *path, const char *again, int pipe_end)
{
    error e = { 0 };
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
    loom_value *v = object_read(path, false, &e);
    if (v) value_write_h5(v, again, &e);
    _exit(write(pipe_end, &e, sizeof e) == (ssize_t)sizeof e ? 0 : 1);
}

static bool convert_apart(const char *path, const char *again, error *e)
{
    int ends[2], status = 0;
    error told = { 0 };
    if (pipe(ends)) return io_error(e, errno, IO_USER, "read", path);
    pid_t child = fork();
    int why = errno;
    if (!child) convert(path, again, ends[1]);
    close(ends[1]);
    size_t got = 0;
    for (ssize_t n;
         child > 0 && (n = read(ends[0], (char *)&told + got, sizeof told - got)) != 0;) {
        if (n < 0 && errno != EINTR) break;
        got += n > 0 ? (size_t)n : 0;
    }
    close(ends[0]);
    if (child < 0) return io_error(e, why, IO_USER, "read", path);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    if (got < sizeof told)
        return error_set(e, LOOM_E_DATA,
                         "the file is damaged: write it again with the program that made it",
                         "the HDF5 library breaks down on '%s' (%s)", path,
                         WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "it ended early");
    return told.status == LOOM_OK || error_set(e, told.status, told.todo, "%s", told.message);
}

loom_value *value_read_h5(const char *path, error *e)
{
    const char *base = getenv("TMPDIR");
    char again[STORE_PATH];
    struct stat st;
    loom_value *v = NULL;
    if (!stat(path, &st)
        && !S_ISREG(st.st_mode)) { /* opening a pipe would wait for whoever writes to it */
        error_set(e, LOOM_E_IO, "check the path", "cannot open '%s': not a regular file", path);
        return NULL;
    }
    if (object_is_checked(path)) return object_read(path, false, e);
    if (access(path, R_OK)) {
        io_error(e, errno, IO_USER, "open", path);
        return NULL;
    }
    snprintf(again, sizeof again, "%s/atomloom-import-XXXXXX",
             base && *base && strlen(base) < STORE_PATH - 64 ? base : "/tmp");
    int fd = mkstemp(again);
    if (fd < 0) {
        io_error(e, errno, IO_USER, "write", again);
        return NULL;
    }
    close(fd);
    /* what is mapped stays when the name is gone */
    if (convert_apart(path, again, e)) v = object_read(again, true, e);
    unlink(again);
    return v;
}

loom_value *value_import(const char *path, error *e) { return value_read_h5(path, e); }
