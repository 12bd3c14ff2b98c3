/* cli/crate_dir.c - see crate_dir.h */
#include "cli/crate_dir.h"
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static const char space_left[] = "check the directory, its permissions and the space left";

/* ---- interruption ---------------------------------------------------------------------------- */

static const int held_back[] = { SIGINT, SIGTERM, SIGHUP };
enum { HELD_BACK = sizeof held_back / sizeof *held_back };
static struct sigaction usual[HELD_BACK];
static volatile sig_atomic_t interrupted;

static void interrupt(int signal) { interrupted = signal; }

static void hold_signals(void)
{
    struct sigaction hold = { .sa_handler = interrupt };
    for (int i = 0; i < HELD_BACK; i++) sigaction(held_back[i], &hold, &usual[i]);
}

static void release_signals(void)
{
    for (int i = 0; i < HELD_BACK; i++) sigaction(held_back[i], &usual[i], NULL);
}

static bool go_on(error *e)
{
    return !interrupted || error_set(e, LOOM_E_CANCELLED, "", "interrupted: nothing was written");
}

/* ---- beginning and end ----------------------------------------------------------------------- */

static bool is_there(const char *target, error *e)
{
    struct stat st;
    if (lstat(target, &st) == 0)
        return error_set(e, LOOM_E_PARAM, "name a new directory with -o", "'%s' is there already",
                         target);
    return true;
}

bool crate_dir_begin(crate_dir *d, const char *target, error *e)
{
    assert(!d->aside.data);
    size_t n = strlen(target);
    while (n > 1 && target[n - 1] == '/') n--;
    text_add(&d->target, target, n);
    if (!n)
        return error_set(e, LOOM_E_PARAM, "as in: -o crate", "the name of the directory is empty");
    text_printf(&d->aside, "%s.XXXXXX", d->target.data);
    if (d->target.failed || d->aside.failed) return error_memory(e, "a name");
    if (!is_there(d->target.data, e)) {
        text_free(&d->aside);
        return false;
    }
    if (!mkdtemp(d->aside.data)) {
        text_free(&d->aside);
        return error_set(e, LOOM_E_IO, "check the path and its permissions",
                         "cannot make the directory '%s': %s", d->target.data, strerror(errno));
    }
    hold_signals();
    return true;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

void crate_dir_end(crate_dir *d)
{
    if (d->aside.data) {
        nftw(d->aside.data, remove_one, 16, FTW_DEPTH | FTW_PHYS);
        release_signals();
    }
    for (int i = 0; i < d->count; i++) free(d->name[i]);
    free(d->name);
    text_free(&d->target);
    text_free(&d->aside);
    *d = (crate_dir){ 0 };
}

/* Never over something else, not even an empty directory that someone made meanwhile. */
static bool rename_to_new(const char *from, const char *to, error *e)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return true;
    if (errno == EINVAL || errno == ENOSYS) { /* a file system that cannot */
        if (!is_there(to, e)) return false;
        if (rename(from, to) == 0) return true;
    }
    if (errno == EEXIST) return is_there(to, e);
    return error_set(e, LOOM_E_IO, space_left, "cannot make '%s': %s", to, strerror(errno));
}

bool crate_dir_commit(crate_dir *d, error *e)
{
    assert(d->aside.data && d->target.data);
    mode_t mask = umask(0);
    umask(mask);
    chmod(d->aside.data, 0777 & ~mask);
    if (!go_on(e) || !rename_to_new(d->aside.data, d->target.data, e)) return false;
    release_signals();
    text_free(&d->aside);
    return true;
}

/* ---- names ----------------------------------------------------------------------------------- */

static bool is_safe(char c) { return isalnum((unsigned char)c) || strchr("._-=+", c); }

/* Letters, digits and a few signs, one '_' for each character that is none of them; of a long name
 * the beginning and the extension, since file systems take 255 bytes. */
static void safe_name(const char *wanted, text *out)
{
    assert(!out->length);
    enum { MAX_STEM = 160 };
    const char *dot = strrchr(wanted, '.');
    for (const char *s = wanted; *s; s++) {
        if (out->length >= MAX_STEM && dot && s < dot && strlen(dot) < 32) s = dot;
        else if (out->length >= MAX_STEM + 32) break;
        if ((*s & 0xc0) == 0x80) continue; /* a character's further bytes */
        text_putc(out, is_safe(*s) && !(s == wanted && *s == '.') ? *s : '_');
    }
    if (!out->length) text_putc(out, '_');
}

static bool is_taken(const crate_dir *d, const char *name)
{
    for (int i = 0; i < d->count; i++)
        if (!strcasecmp(d->name[i], name)) return true;
    return false;
}

static bool remember(crate_dir *d, char *name, error *e)
{
    char **more = name ? realloc(d->name, ((size_t)d->count + 1) * sizeof *more) : NULL;
    if (!more) {
        free(name);
        return error_memory(e, "a name");
    }
    d->name = more;
    more[d->count++] = name;
    return true;
}

const char *crate_dir_name(crate_dir *d, const char *folder, const char *wanted, error *e)
{
    text safe = { 0 }, name = { 0 };
    safe_name(wanted, &safe);
    if (safe.failed) {
        error_memory(e, "a name");
        return NULL;
    }
    const char *dot = strrchr(safe.data + 1, '.');
    int stem = dot ? (int)(dot - safe.data) : (int)safe.length;
    text_printf(&name, "%s%s", folder, safe.data);
    for (int k = 2; name.data && is_taken(d, name.data); k++) {
        text_clear(&name);
        text_printf(&name, "%s%.*s-%d%s", folder, stem, safe.data, k, safe.data + stem);
    }
    text_free(&safe);
    return remember(d, text_take(&name), e) ? d->name[d->count - 1] : NULL;
}

bool crate_dir_folder(crate_dir *d, const char *name, error *e)
{
    text path = { 0 };
    if (is_taken(d, name)) return true;
    crate_dir_path(d, name, &path);
    bool good = path.data && mkdir(path.data, 0777) == 0;
    if (!good)
        error_set(e, LOOM_E_IO, space_left, "cannot make '%s/%s': %s", d->target.data, name,
                  strerror(errno));
    text_free(&path);
    return good && remember(d, strdup(name), e);
}

/* ---- files ----------------------------------------------------------------------------------- */

void crate_dir_path(const crate_dir *d, const char *name, text *out)
{
    assert(d->aside.data && *name != '/');
    text_printf(out, "%s/%s", d->aside.data, name);
}

static bool cannot_write(const crate_dir *d, const char *name, int why, error *e)
{
    assert(why != 0);
    return error_set(e, LOOM_E_IO, space_left, "cannot write '%s/%s': %s", d->target.data, name,
                     strerror(why));
}

static FILE *create(const crate_dir *d, const char *name, error *e)
{
    text path = { 0 };
    crate_dir_path(d, name, &path);
    FILE *f = path.data ? fopen(path.data, "wbx") : NULL;
    if (!f) cannot_write(d, name, errno, e);
    text_free(&path);
    return f;
}

/* Closes; false with `e` where something had not reached the file. */
static bool finish(const crate_dir *d, const char *name, FILE *f, error *e)
{
    bool good = !ferror(f);
    good = fclose(f) == 0 && good;
    return good || cannot_write(d, name, errno ? errno : EIO, e);
}

/* All of `in` into `out` (NULL: nowhere), with its digest. */
static bool pour(FILE *in, FILE *out, crate_file *made, const char *from, error *e)
{
    char some[1 << 16];
    size_t n;
    sha256 *sum = sha256_new();
    if (!sum) return error_memory(e, "a digest");
    *made = (crate_file){ 0 };
    while (go_on(e) && (n = fread(some, 1, sizeof some, in)) > 0) {
        sha256_add(sum, some, n);
        made->bytes += n;
        if (out && fwrite(some, 1, n, out) != n) break;
    }
    made->content = sha256_end(sum);
    if (interrupted) return false;
    return !ferror(in)
           || error_set(e, LOOM_E_IO, "check the path and its permissions", "cannot read '%s': %s",
                        from, strerror(errno));
}

static FILE *open_regular(const char *path, error *e)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    FILE *f = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? fdopen(fd, "rb") : NULL;
    if (f) return f;
    error_set(e, LOOM_E_IO, "check the path and its permissions", "cannot read '%s': %s", path,
              fd < 0 ? strerror(errno) : "not a regular file");
    if (fd >= 0) close(fd);
    return NULL;
}

static bool same_bytes(const char *from, const digest *expected, const crate_file *made, error *e)
{
    char was[65], is[65];
    if (!expected || digest_equal(expected, &made->content)) return true;
    return error_set(e, LOOM_E_DATA, "put the file back as it was, or run the pipeline again",
                     "'%s' is not what was computed with: its sha256 is %.16s..., it was %.16s...",
                     from, digest_text(&made->content, is), digest_text(expected, was));
}

bool crate_dir_copy(crate_dir *d, const char *from, const char *name, const digest *expected,
                    crate_file *made, error *e)
{
    FILE *in = open_regular(from, e);
    FILE *out = in ? create(d, name, e) : NULL;
    bool good = out && pour(in, out, made, from, e);
    if (out) good = finish(d, name, out, e) && good;
    if (in) fclose(in);
    return good && same_bytes(from, expected, made, e);
}

bool crate_dir_write(crate_dir *d, const char *name, const void *bytes, size_t n, crate_file *made,
                     error *e)
{
    assert(bytes || !n);
    FILE *out = go_on(e) ? create(d, name, e) : NULL;
    if (!out) return false;
    if (n) fwrite(bytes, 1, n, out);
    *made = (crate_file){ sha256_of(bytes, n), n };
    return finish(d, name, out, e);
}

bool crate_dir_measure(const crate_dir *d, const char *name, crate_file *made, error *e)
{
    text path = { 0 };
    crate_dir_path(d, name, &path);
    FILE *in = path.data ? open_regular(path.data, e) : NULL;
    bool good = in && pour(in, NULL, made, name, e);
    if (in) fclose(in);
    text_free(&path);
    return good;
}
