/* run/machine.c - see machine.h
 *
 * A control group is a directory; its limits and those of every directory above it hold. Where it
 * is follows from two files: /proc/self/cgroup gives for each hierarchy the path of this process's
 * group, /proc/self/mountinfo where the hierarchy is mounted and which of its directories that
 * mount shows (in a container often just the own group). */
#include "run/machine.h"
#include <assert.h>
#include <limits.h>
#include <math.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double clock_s(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double machine_clock_s(void) { return clock_s(CLOCK_MONOTONIC); }
double machine_date_s(void) { return clock_s(CLOCK_REALTIME); }
double machine_cpu_s(void) { return clock_s(CLOCK_PROCESS_CPUTIME_ID); }

/* ---- where the group is ---------------------------------------------------------------------- */

/* A hierarchy: its mount (with the root in front) and the directory of this process's group below
 * it. */
typedef struct hierarchy {
    bool v2;
    char mount[PATH_MAX], group[PATH_MAX];
} hierarchy;

static bool has_word(const char *list, const char *word)
{
    assert(*word);
    size_t n = strlen(word);
    for (const char *at = list; (at = strstr(at, word)); at += n)
        if ((at == list || at[-1] == ',') && (!at[n] || strchr(",\n ", at[n]))) return true;
    return false;
}

/* The path in /proc/self/cgroup for a controller of v1, or for the one hierarchy of v2 (NULL). */
static bool group_path(const char *root, const char *controller, char out[PATH_MAX])
{
    char name[PATH_MAX], line[PATH_MAX + 256];
    bool found = false;
    snprintf(name, sizeof name, "%s/proc/self/cgroup", root);
    FILE *f = fopen(name, "re");
    while (f && !found && fgets(line, sizeof line, f)) {
        char *list = strchr(line, ':'), *path = list ? strchr(list + 1, ':') : NULL;
        if (!path) continue;
        *path++ = 0;
        path[strcspn(path, "\n")] = 0;
        found = controller ? has_word(list + 1, controller) : !strncmp(line, "0:", 2) && !list[1];
        if (found) snprintf(out, PATH_MAX, "%s", path);
    }
    if (f) fclose(f);
    return found;
}

/* mountinfo writes blanks and the like as \040. */
static void unescape(char *s)
{
    char *to = s;
    for (; *s; s++) {
        bool octal = s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7'
                     && s[3] >= '0' && s[3] <= '7';
        *to++ = octal ? (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0')) : *s;
        if (octal) s += 3;
    }
    *to = 0;
}

/* "id parent dev ROOT MOUNT options ... - TYPE source SUPER": the mount of the hierarchy, and which
 * directory of it is shown there. */
static bool mount_of(const char *root, const char *controller, char shown[PATH_MAX],
                     char mount[PATH_MAX])
{
    char name[PATH_MAX], line[3 * PATH_MAX];
    bool found = false;
    snprintf(name, sizeof name, "%s/proc/self/mountinfo", root);
    FILE *f = fopen(name, "re");
    while (f && !found && fgets(line, sizeof line, f)) {
        char type[64] = "", options[1024] = "", *rest = strstr(line, " - ");
        if (!rest || sscanf(rest, " - %63s %*s %1023s", type, options) < 1) continue;
        found = controller ? !strcmp(type, "cgroup") && has_word(options, controller)
                           : !strcmp(type, "cgroup2");
        found = found && sscanf(line, "%*s %*s %*s %4095s %4095s", shown, mount) == 2;
    }
    if (f) fclose(f);
    if (found) unescape(shown);
    if (found) unescape(mount);
    return found;
}

static bool find_hierarchy(const char *root, const char *controller, hierarchy *h)
{
    assert(root && h);
    char path[PATH_MAX], shown[PATH_MAX], mount[PATH_MAX];
    if (!group_path(root, controller, path) || !mount_of(root, controller, shown, mount))
        return false;
    size_t n = strcmp(shown, "/") ? strlen(shown) : 0;
    const char *below = path;
    if (n && !strncmp(path, shown, n) && (path[n] == '/' || !path[n])) below = path + n;
    if (!strncmp(below, "/..", 3))
        below = ""; /* outside of what this namespace shows: its top is all there is to see */
    h->v2 = !controller;
    snprintf(h->mount, sizeof h->mount, "%s%s", root, mount);
    snprintf(h->group, sizeof h->group, "%s", strcmp(below, "/") ? below : "");
    return true;
}

/* ---- what its files say ---------------------------------------------------------------------- */

/* The first line of a file of the group; false where there is none. */
static bool read_line(const hierarchy *h, const char *group, const char *file, char out[128])
{
    char path[3 * PATH_MAX];
    snprintf(path, sizeof path, "%s%s/%s", h->mount, group, file);
    FILE *f = fopen(path, "re");
    bool good = f && fgets(out, 128, f);
    if (f) fclose(f);
    return good;
}

/* A number of bytes; UINT64_MAX for "max", for the huge numbers that v1 has for none, and where
 * there is no such file. */
static uint64_t read_bytes(const hierarchy *h, const char *group, const char *file)
{
    const uint64_t huge = UINT64_C(1) << 62;
    char line[128], *end;
    if (!read_line(h, group, file, line)) return UINT64_MAX;
    unsigned long long v = strtoull(line, &end, 10);
    return end == line || v >= huge ? UINT64_MAX : v;
}

/* "name value" in a file of many lines; `otherwise` where it is not there. */
static int64_t read_named(const char *path, const char *name, int64_t otherwise)
{
    assert(path && *name);
    char line[256];
    long long v = otherwise;
    size_t n = strlen(name);
    FILE *f = fopen(path, "re");
    while (f && fgets(line, sizeof line, f))
        if (!strncmp(line, name, n) && (line[n] == ' ' || line[n] == ':')
            && sscanf(line + n + 1, "%lld", &v) == 1)
            break;
    if (f) fclose(f);
    return v;
}

static int64_t read_named_of(const hierarchy *h, const char *group, const char *file,
                             const char *name, int64_t otherwise)
{
    char path[3 * PATH_MAX];
    snprintf(path, sizeof path, "%s%s/%s", h->mount, group, file);
    return read_named(path, name, otherwise);
}

/* Processors; 0: no quota. */
static double read_quota(const hierarchy *h, const char *group)
{
    char line[128], period_line[128];
    double quota = 0, period = 0;
    if (h->v2) {
        if (!read_line(h, group, "cpu.max", line) || sscanf(line, "%lf %lf", &quota, &period) != 2)
            return 0;
    } else {
        if (!read_line(h, group, "cpu.cfs_quota_us", line)
            || !read_line(h, group, "cpu.cfs_period_us", period_line))
            return 0;
        quota = strtod(line, NULL);
        period = strtod(period_line, NULL);
    }
    return quota > 0 && period > 0 ? quota / period : 0;
}

static uint64_t smaller(uint64_t a, uint64_t b) { return a < b ? a : b; }

static uint64_t read_memory_limit(const hierarchy *h, const char *group)
{
    if (!h->v2) return read_bytes(h, group, "memory.limit_in_bytes");
    return smaller(read_bytes(h, group, "memory.max"), read_bytes(h, group, "memory.high"));
}

/* What of the limit is not in use; pages of files that the kernel can drop at once are not. */
static uint64_t read_unused(const hierarchy *h, const char *group, uint64_t limit)
{
    uint64_t used = read_bytes(h, group, h->v2 ? "memory.current" : "memory.usage_in_bytes");
    int64_t cache =
        read_named_of(h, group, "memory.stat", h->v2 ? "inactive_file" : "total_inactive_file", 0);
    if (used == UINT64_MAX) used = 0;
    if (cache > 0) used = used > (uint64_t)cache ? used - (uint64_t)cache : 0;
    return limit > used ? limit - used : 0;
}

/* From the group up to the top of what is mounted: `visit` for each. */
static void each_group(hierarchy *h,
                       void (*visit)(const hierarchy *h, const char *group, machine *out),
                       machine *out)
{
    char group[PATH_MAX];
    snprintf(group, sizeof group, "%s", h->group);
    for (;;) {
        visit(h, group, out);
        char *last = strrchr(group, '/');
        if (!last) return;
        *last = 0;
    }
}

static void name_group(char out[MACHINE_GROUP], const char *group)
{
    assert(group && strlen(group) < PATH_MAX);
    size_t n = strnlen(group, MACHINE_GROUP - 1);
    memcpy(out, group, n);
    out[n] = 0;
    if (!n) memcpy(out, "/", 2);
}

static void visit_cpu(const hierarchy *h, const char *group, machine *out)
{
    double quota = read_quota(h, group);
    if (quota <= 0 || (out->quota > 0 && quota >= out->quota)) return;
    out->quota = quota;
    name_group(out->quota_group, group);
}

static void visit_memory(const hierarchy *h, const char *group, machine *out)
{
    uint64_t limit = read_memory_limit(h, group);
    if (limit == UINT64_MAX) return;
    out->available_bytes = smaller(out->available_bytes, read_unused(h, group, limit));
    if (limit >= out->memory_bytes) return;
    out->memory_bytes = limit;
    name_group(out->memory_group, group);
}

/* ---- all together ---------------------------------------------------------------------------- */

static void read_meminfo(const char *root, machine *out)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/proc/meminfo", root);
    int64_t total = read_named(path, "MemTotal", 0),
            available = read_named(path, "MemAvailable", total / 2);
    out->physical_bytes = out->memory_bytes =
        total > 0 ? (uint64_t)total * 1024 : UINT64_C(1) << 30;
    out->available_bytes = available > 0 ? (uint64_t)available * 1024 : out->physical_bytes / 2;
}

static void read_groups(const char *root, const char *cpu, const char *memory, machine *out)
{
    hierarchy h;
    if (find_hierarchy(root, cpu, &h)) each_group(&h, visit_cpu, out);
    if (find_hierarchy(root, memory, &h)) each_group(&h, visit_memory, out);
}

void machine_read(const char *root, int online, int affinity, machine *out)
{
    assert(online > 0 && affinity >= 0);
    *out = (machine){ .online = online, .affinity = affinity };
    read_meminfo(root, out);
    read_groups(root, "cpu", "memory", out);
    read_groups(root, NULL, NULL, out);
    /* half a processor is one that works half the time */
    int allowed = out->quota > 0 && out->quota < affinity ? (int)ceil(out->quota) : affinity;
    out->processors = allowed > 1 ? allowed : 1;
}

/* A set has room for 1024 processors; the kernel wants one with room for all that there may be. */
static int count_affinity(void)
{
    for (size_t n = 1024; n <= 1 << 18; n *= 4) {
        cpu_set_t *set = CPU_ALLOC(n);
        size_t bytes = CPU_ALLOC_SIZE(n);
        bool good = set && !sched_getaffinity(0, bytes, set);
        int count = good ? CPU_COUNT_S(bytes, set) : 0;
        CPU_FREE(set);
        if (good) return count > 0 ? count : 1;
    }
    return 1;
}

static void read_mine(machine *out)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    machine_read("", online > 0 ? (int)online : 1, count_affinity(), out);
}

const machine *machine_mine(void)
{
    static machine mine;
    if (!mine.processors) read_mine(&mine);
    return &mine;
}

uint64_t machine_available_bytes(void)
{
    machine now;
    read_mine(&now);
    return now.available_bytes;
}

int64_t machine_oom_kills(const char *root)
{
    hierarchy h;
    char path[PATH_MAX];
    int64_t n = -1;
    if (find_hierarchy(root, "memory", &h))
        n = read_named_of(&h, h.group, "memory.oom_control", "oom_kill", -1);
    if (n < 0 && find_hierarchy(root, NULL, &h))
        n = read_named_of(&h, h.group, "memory.events", "oom_kill", -1);
    snprintf(path, sizeof path, "%s/proc/vmstat", root);
    return n >= 0 ? n : read_named(path, "oom_kill", -1);
}
