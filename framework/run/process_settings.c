/* run/process_settings.c - the parts of a process's state that are settings of the C library and of
 * the calling thread. */
#include "run/process_inside.h"
#include <assert.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

/* ---- floating-point control: the words that decide results, without the sticky flags that record
 * exceptions  */

#if defined __x86_64__
enum {
    STICKY = 0x3f,
    FLUSH_TO_ZERO = 0x8000,
    DENORMALS_ARE_ZERO = 0x40,
    ROUNDING = 0x6000,
    X87_ROUNDING = 0x0c00,
    X87_PRECISION = 0x0300
};

void process_float_read(unsigned word[PROCESS_FLOAT_WORDS])
{
    unsigned short x87;
    __asm__ volatile("fnstcw %0" : "=m"(x87));
    word[0] = __builtin_ia32_stmxcsr() & ~(unsigned)STICKY;
    word[1] = x87;
}

static void float_write(const unsigned word[PROCESS_FLOAT_WORDS])
{
    unsigned short x87 = (unsigned short)word[1];
    __asm__ volatile("fnclex\n\tfldcw %0" : : "m"(x87));
    __builtin_ia32_ldmxcsr(word[0]);
}

static const char *float_change(const unsigned from[], const unsigned to[])
{
    unsigned vector = from[0] ^ to[0], x87 = from[1] ^ to[1];
    if (vector & (FLUSH_TO_ZERO | DENORMALS_ARE_ZERO))
        return to[0] & (FLUSH_TO_ZERO | DENORMALS_ARE_ZERO)
                   ? "switched flush-to-zero on (compiled or linked with -Ofast or -ffast-math?)"
                   : "switched flush-to-zero off";
    if (vector & ROUNDING || x87 & X87_ROUNDING) return "changed the rounding mode";
    return x87 & X87_PRECISION ? "changed the precision of the x87 unit"
                               : "changed which floating-point exceptions trap";
}
#elif defined __aarch64__
void process_float_read(unsigned word[PROCESS_FLOAT_WORDS])
{
    unsigned long fpcr;
    __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
    word[0] = (unsigned)fpcr;
    word[1] = 0;
}

static void float_write(const unsigned word[PROCESS_FLOAT_WORDS])
{
    __asm__ volatile("msr fpcr, %0" : : "r"((unsigned long)word[0]));
}

static const char *float_change(const unsigned from[], const unsigned to[])
{
    enum { FLUSH_TO_ZERO = 1 << 24, ROUNDING = 3 << 22 };
    unsigned changed = from[0] ^ to[0];
    if (changed & FLUSH_TO_ZERO)
        return to[0] & FLUSH_TO_ZERO ? "switched flush-to-zero on" : "switched flush-to-zero off";
    return changed & ROUNDING ? "changed the rounding mode"
                              : "changed the floating-point control register";
}
#else
#include <fenv.h>
void process_float_read(unsigned word[PROCESS_FLOAT_WORDS])
{
    word[0] = (unsigned)fegetround();
    word[1] = 0;
}
static void float_write(const unsigned word[PROCESS_FLOAT_WORDS]) { fesetround((int)word[0]); }
static const char *float_change(const unsigned from[], const unsigned to[])
{
    (void)from;
    (void)to;
    return "changed the rounding mode";
}
#endif

static bool float_capture(process_state *s)
{
    process_float_read(s->floating);
    return true;
}

static bool float_compare(const process_state *before, const process_state *after, text *what)
{
    if (!memcmp(before->floating, after->floating, sizeof before->floating)) return false;
    text_printf(what, "%s\n", float_change(before->floating, after->floating));
    return true;
}

static void float_restore(const process_state *before, const process_state *now)
{
    (void)now;
    float_write(before->floating);
}

/* ---- locale ---------------------------------------------------------------------------------- */

static bool locale_capture(process_state *s)
{
    s->locale_name = strdup(setlocale(LC_ALL, NULL));
    s->thread_locale = uselocale((locale_t)0);
    return s->locale_name != NULL;
}

static bool locale_compare(const process_state *before, const process_state *after, text *what)
{
    bool name = strcmp(before->locale_name, after->locale_name) != 0,
         thread = before->thread_locale != after->thread_locale;
    if (name)
        text_printf(what, "changed the locale from '%s' to '%s'\n", before->locale_name,
                    after->locale_name);
    if (thread) text_puts(what, "changed the locale of the thread\n");
    return name || thread;
}

static void locale_restore(const process_state *before, const process_state *now)
{
    (void)now;
    uselocale(before->thread_locale);
    setlocale(LC_ALL, before->locale_name);
}

/* ---- environment ----------------------------------------------------------------------------- */

static bool environment_capture(process_state *s)
{
    size_t n = 0;
    while (environ && environ[n]) n++;
    s->environment = calloc(n + 1, sizeof *s->environment);
    bool good = s->environment != NULL;
    for (size_t i = 0; good && i < n; i++) good = (s->environment[i] = strdup(environ[i])) != NULL;
    return good;
}

static size_t name_length(const char *entry) { return strcspn(entry, "="); }

/* The entry of the same variable, or NULL. */
static const char *variable_of(char *const *entries, const char *like)
{
    size_t n = name_length(like);
    for (; *entries; entries++)
        if (!strncmp(*entries, like, n) && name_length(*entries) == n) return *entries;
    return NULL;
}

static bool environment_compare(const process_state *before, const process_state *after, text *what)
{
    bool differs = false;
    for (char **v = after->environment; *v; v++) {
        const char *old = variable_of(before->environment, *v);
        if (old && !strcmp(old, *v)) continue;
        text_printf(what, "%s the environment variable '%.*s'\n", old ? "changed" : "set",
                    (int)name_length(*v), *v);
        differs = true;
    }
    for (char **v = before->environment; *v; v++) {
        if (variable_of(after->environment, *v)) continue;
        text_printf(what, "removed the environment variable '%.*s'\n", (int)name_length(*v), *v);
        differs = true;
    }
    return differs;
}

static void environment_restore(const process_state *before, const process_state *now)
{
    /* `failed`: prints nothing */
    if (!environment_compare(before, now, &(text){ .failed = true })) return;
    clearenv();
    for (char **v = before->environment; *v; v++) {
        char *equals = strchr(*v, '=');
        if (!equals) continue;
        *equals = 0;
        setenv(*v, equals + 1, 1);
        *equals = '=';
    }
}

/* ---- working directory and file creation mask ------------------------------------------------ */

static bool directory_capture(process_state *s)
{
    char path[PATH_MAX];
    s->directory = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (s->directory >= 0
        && s->directory
               <= STDERR_FILENO) { /* a standard one is closed: its number is not ours to take */
        int low = s->directory;
        s->directory = fcntl(low, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        close(low);
    }
    if (stat(".", &s->directory_is)) s->directory_is = (struct stat){ 0 };
    s->directory_path = strdup(getcwd(path, sizeof path) ? path : "?");
    return s->directory_path != NULL;
}

static bool directory_compare(const process_state *before, const process_state *after, text *what)
{
    if (before->directory_is.st_dev == after->directory_is.st_dev
        && before->directory_is.st_ino == after->directory_is.st_ino)
        return false;
    text_printf(what, "changed the working directory from '%s' to '%s'\n", before->directory_path,
                after->directory_path);
    return true;
}

static void directory_restore(const process_state *before, const process_state *now)
{
    assert(before->directory >= -1);
    (void)now;
    if (before->directory >= 0 && fchdir(before->directory)) return; /* found by comparing again */
}

static bool umask_capture(process_state *s)
{
    s->mask = umask(077); /* reading it is setting it: meanwhile nothing is readable by others */
    umask(s->mask);
    return true;
}

static bool umask_compare(const process_state *before, const process_state *after, text *what)
{
    if (before->mask == after->mask) return false;
    text_printf(what, "changed the file creation mask from %03o to %03o\n", (unsigned)before->mask,
                (unsigned)after->mask);
    return true;
}

static void umask_restore(const process_state *before, const process_state *now)
{
    (void)now;
    umask(before->mask);
}

const part_work process_work_float = { float_capture, float_compare, float_restore };
const part_work process_work_locale = { locale_capture, locale_compare, locale_restore };
const part_work process_work_environment = { environment_capture, environment_compare,
                                             environment_restore };
const part_work process_work_directory = { directory_capture, directory_compare,
                                           directory_restore };
const part_work process_work_umask = { umask_capture, umask_compare, umask_restore };
