/* check/elsewhere.c - another time and another machine for one plugin: what its own code asks the
 * system for is answered by others, by changing its table of addresses. */
#include "check/inside.h"
#include <assert.h>
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static int64_t ahead_s;

static time_t shifted_time(time_t *out)
{
    time_t now = time(NULL) + (time_t)ahead_s;
    if (out) *out = now;
    return now;
}

static int shifted_clock_gettime(clockid_t id, struct timespec *out)
{
    int bad = clock_gettime(id, out);
    if (!bad && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE || id == CLOCK_TAI))
        out->tv_sec += (time_t)ahead_s;
    return bad;
}

static int shifted_gettimeofday(struct timeval *out, void *zone)
{
    int bad = gettimeofday(out, zone);
    if (!bad && out) out->tv_sec += (time_t)ahead_s;
    return bad;
}

static int shifted_timespec_get(struct timespec *out, int base)
{
    int got = timespec_get(out, base);
    if (got) out->tv_sec += (time_t)ahead_s;
    return got;
}

/* ---- another machine ------------------------------------------------------------------------- */

static int other_host_name(char *out, size_t size)
{
    assert(size > 0);
    snprintf(out, size, "elsewhere");
    return 0;
}

static int other_uname(struct utsname *out)
{
    int bad = uname(out);
    if (!bad) snprintf(out->nodename, sizeof out->nodename, "elsewhere");
    return bad;
}

static long other_sysconf(int name)
{
    return name == _SC_NPROCESSORS_ONLN || name == _SC_NPROCESSORS_CONF ? 96 : sysconf(name);
}

static int other_processors(void) { return 96; }

typedef void function(void);
static const struct {
    const char *name;
    function *instead;
} calls[] = {
    { "time", (function *)shifted_time },
    { "clock_gettime", (function *)shifted_clock_gettime },
    { "gettimeofday", (function *)shifted_gettimeofday },
    { "timespec_get", (function *)shifted_timespec_get },
    { "gethostname", (function *)other_host_name },
    { "uname", (function *)other_uname },
    { "sysconf", (function *)other_sysconf },
    { "get_nprocs", (function *)other_processors },
    { "get_nprocs_conf", (function *)other_processors },
    { "omp_get_num_procs", (function *)other_processors },
};

/* ---- the table of addresses ------------------------------------------------------------------ */

/* The word at `slot` lies in a page that may be read-only by now. */
static void write_slot(function **slot, function *what)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from = (uintptr_t)slot / page * page;
    if (mprotect((void *)from, page, PROT_READ | PROT_WRITE)) return;
    *slot = what;
}

static void redirect(const struct link_map *map, const ElfW(Rela) * rows, size_t n,
                     const ElfW(Sym) * symbols, const char *names)
{
    assert(rows || !n);
    for (size_t i = 0; i < n; i++) {
        size_t symbol = ELF64_R_SYM(rows[i].r_info);
        if (!symbol) continue;
        for (size_t k = 0; k < sizeof calls / sizeof *calls; k++)
            if (!strcmp(names + symbols[symbol].st_name, calls[k].name))
                write_slot((function **)(map->l_addr + rows[i].r_offset), calls[k].instead);
    }
}

void check_go_elsewhere(const loom_op *op, int64_t seconds)
{
    Dl_info info;
    struct link_map *map = NULL;
    if (!dladdr1((const void *)op, &info, (void **)&map, RTLD_DL_LINKMAP) || !map) return;
    if (!*map->l_name)
        return; /* this program itself: the op is a program of its own (script_run.c) */
    const ElfW(Rela) *jumps = NULL, *others = NULL;
    const ElfW(Sym) *symbols = NULL;
    const char *names = NULL;
    size_t jump_bytes = 0, other_bytes = 0;
    for (const ElfW(Dyn) *d = map->l_ld; d->d_tag != DT_NULL; d++) {
        if (d->d_tag == DT_JMPREL) jumps = (const void *)d->d_un.d_ptr;
        if (d->d_tag == DT_PLTRELSZ) jump_bytes = d->d_un.d_val;
        if (d->d_tag == DT_RELA) others = (const void *)d->d_un.d_ptr;
        if (d->d_tag == DT_RELASZ) other_bytes = d->d_un.d_val;
        if (d->d_tag == DT_SYMTAB) symbols = (const void *)d->d_un.d_ptr;
        if (d->d_tag == DT_STRTAB) names = (const void *)d->d_un.d_ptr;
    }
    if (!symbols || !names) return;
    ahead_s = seconds;
    if (jumps) redirect(map, jumps, jump_bytes / sizeof *jumps, symbols, names);
    if (others) redirect(map, others, other_bytes / sizeof *others, symbols, names);
}
