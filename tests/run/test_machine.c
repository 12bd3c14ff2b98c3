/* Properties of what may be used of a machine: the smallest of all limits, wherever they are set,
 * as seen from within a container too. */
#include "support/suite.h"
#include "run/machine.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char root[64];

static void shell(const char *format, const char *a, const char *b)
{
    char command[1024];
    snprintf(command, sizeof command, format, root, a, b);
    ck_assert_int_eq(system(command), 0);
}

/* A file under the root, and the directories it needs. */
static void put(const char *path, const char *content)
{
    char whole[512];
    shell("mkdir -p \"$(dirname '%s/%s')\"%s", path, "");
    snprintf(whole, sizeof whole, "%s/%s", root, path);
    FILE *f = fopen(whole, "w");
    ck_assert(f != NULL);
    fputs(content, f);
    fclose(f);
}

static void setup(void)
{
    strcpy(root, "/tmp/atomloom-machine-XXXXXX");
    ck_assert(mkdtemp(root) != NULL);
    put("proc/meminfo",
        "MemTotal:       16777216 kB\nMemFree:  1 kB\nMemAvailable:    8388608 kB\n"); /* 16 and 8
                                                                                          GiB */
}

static void teardown(void) { shell("rm -rf '%s'%s%s", "", ""); }

static machine look(void)
{
    machine m;
    machine_read(root, 16, 8, &m);
    return m;
}

static const char v2_mount[] =
    "30 1 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
static const char v1_mounts[] =
    "31 1 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    "32 1 0:28 / /sys/fs/cgroup/memory rw shared:5 - cgroup cgroup rw,memory\n"
    "33 1 0:29 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n";

START_TEST(without_groups_the_machine_and_the_affinity_decide)
{
    machine m = look();
    ck_assert_int_eq(m.processors, 8);
    ck_assert(m.memory_bytes == 16ull << 30 && m.physical_bytes == 16ull << 30
              && m.available_bytes == 8ull << 30);
    ck_assert(m.quota == 0 && !*m.memory_group);
}
END_TEST

static const struct {
    const char *cpu_max;
    int processors;
} quotas[] = {
    { "50000 100000", 1 },  { "100000 100000", 1 },
    { "150000 100000", 2 }, { "400000 100000", 4 },
    { "max 100000", 8 },    { "9000000 100000", 8 },
    { "1000 100000", 1 },   { "0 100000", 8 },
    { "nonsense", 8 },      { "", 8 },
};

START_TEST(a_quota_of_v2_is_rounded_up_to_whole_processors)
{
    put("proc/self/cgroup", "0::/user.slice/me\n");
    put("proc/self/mountinfo", v2_mount);
    for (size_t i = 0; i < sizeof quotas / sizeof *quotas; i++) {
        put("sys/fs/cgroup/user.slice/me/cpu.max", quotas[i].cpu_max);
        ck_assert_msg(look().processors == quotas[i].processors, "%s: %d", quotas[i].cpu_max,
                      look().processors);
    }
}
END_TEST

START_TEST(limits_of_groups_above_hold_in_v2)
{
    put("proc/self/cgroup", "0::/a/b/c\n");
    put("proc/self/mountinfo", v2_mount);
    put("sys/fs/cgroup/a/b/c/cpu.max", "max 100000\n");
    put("sys/fs/cgroup/a/b/c/memory.max", "max\n");
    put("sys/fs/cgroup/a/b/cpu.max", "300000 100000\n");
    put("sys/fs/cgroup/a/b/memory.max", "8589934592\n");
    put("sys/fs/cgroup/a/cpu.max", "500000 100000\n");
    put("sys/fs/cgroup/a/memory.high", "4294967296\n");
    put("sys/fs/cgroup/a/memory.current", "2147483648\n");
    put("sys/fs/cgroup/a/memory.stat", "anon 5\ninactive_file 1073741824\nactive_file 7\n");
    machine m = look();
    ck_assert_int_eq(m.processors, 3);
    ck_assert_str_eq(m.quota_group, "/a/b");
    ck_assert(m.memory_bytes == 4ull << 30 && m.available_bytes == 3ull << 30);
    ck_assert_str_eq(m.memory_group, "/a");
}
END_TEST

START_TEST(limits_of_v1_hold_and_huge_ones_are_none)
{
    put("proc/self/cgroup",
        "5:cpuset:/x\n4:memory:/slurm/uid_1/job_2/step_0\n2:cpu,cpuacct:/docker/abc\n0::/\n");
    put("proc/self/mountinfo", v1_mounts);
    put("sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us", "250000\n");
    put("sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us", "100000\n");
    put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
    put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    put("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    put("sys/fs/cgroup/memory/slurm/uid_1/job_2/step_0/memory.limit_in_bytes",
        "9223372036854771712\n");
    put("sys/fs/cgroup/memory/slurm/uid_1/job_2/memory.limit_in_bytes", "2147483648\n");
    put("sys/fs/cgroup/memory/slurm/uid_1/job_2/memory.usage_in_bytes", "1610612736\n");
    put("sys/fs/cgroup/memory/slurm/uid_1/job_2/memory.stat",
        "inactive_file 1\ntotal_inactive_file 536870912\n");
    machine m = look();
    ck_assert_int_eq(m.processors, 3);
    ck_assert(m.memory_bytes == 2ull << 30 && m.available_bytes == 1ull << 30);
    ck_assert_str_eq(m.memory_group, "/slurm/uid_1/job_2");
}
END_TEST

/* A container sees the directory of its own group as the top, and its path as the host has it. */
START_TEST(a_container_sees_its_own_group)
{
    put("proc/self/cgroup", "4:memory:/docker/abc\n2:cpu,cpuacct:/docker/abc\n");
    put("proc/self/mountinfo",
        "31 1 0:27 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n"
        "32 1 0:28 /docker/abc /my\\040groups/memory ro - cgroup cgroup rw,memory\n");
    put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "100000\n");
    put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "50000\n");
    put("my groups/memory/memory.limit_in_bytes", "1073741824\n");
    machine m = look();
    ck_assert(m.processors == 2 && m.memory_bytes == 1ull << 30);
    ck_assert_str_eq(m.memory_group, "/");
}
END_TEST

START_TEST(what_is_outside_of_the_namespace_is_read_from_its_top)
{
    put("proc/self/cgroup", "0::/../../elsewhere\n");
    put("proc/self/mountinfo", v2_mount);
    put("sys/fs/cgroup/memory.max", "1073741824\n");
    ck_assert(look().memory_bytes == 1ull << 30);
}
END_TEST

/* systemd's hybrid: v2 without controllers next to v1. A group whose directory is not shown: what
 * is above it counts. */
START_TEST(hybrid_layouts_and_missing_directories)
{
    char mounts[1024];
    snprintf(mounts, sizeof mounts, "%s%s",
             "34 1 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n", v1_mounts);
    put("proc/self/cgroup", "4:memory:/gone/too\n2:cpu,cpuacct:/\n0::/init.scope\n");
    put("proc/self/mountinfo", mounts);
    put("sys/fs/cgroup/memory/memory.limit_in_bytes", "3221225472\n");
    put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "10000\n");
    put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    machine m = look();
    ck_assert(m.processors == 1 && m.memory_bytes == 3ull << 30);
    ck_assert(m.quota > 0.09 && m.quota < 0.11);
}
END_TEST

START_TEST(kills_of_the_own_group_count_before_those_of_the_machine)
{
    ck_assert_int_eq(machine_oom_kills(root), -1);
    put("proc/vmstat", "pgfault 5\noom_kill 7\n");
    ck_assert_int_eq(machine_oom_kills(root), 7);
    put("proc/self/cgroup", "0::/a\n");
    put("proc/self/mountinfo", v2_mount);
    put("sys/fs/cgroup/a/memory.events", "low 0\noom 1\noom_kill 2\n");
    ck_assert_int_eq(machine_oom_kills(root), 2);
    put("proc/self/cgroup", "3:memory:/b\n");
    put("proc/self/mountinfo", v1_mounts);
    put("sys/fs/cgroup/memory/b/memory.oom_control",
        "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n");
    ck_assert_int_eq(machine_oom_kills(root), 3);
}
END_TEST

START_TEST(damaged_files_limit_nothing)
{
    put("proc/meminfo", "");
    put("proc/self/cgroup", ":::\n\n0:\n12:memory\n0::\n");
    put("proc/self/mountinfo", " - \n - cgroup2\n1 2 3 - cgroup2 x y\n");
    machine m = look();
    ck_assert(m.processors == 8 && m.memory_bytes > 0);
}
END_TEST

START_TEST(this_machine_has_something)
{
    const machine *m = machine_mine();
    ck_assert(m->processors >= 1 && m->processors <= m->online && m->memory_bytes > 1 << 20
              && m->memory_bytes <= m->physical_bytes);
    ck_assert(machine_available_bytes() <= m->memory_bytes);
}
END_TEST

TEST_MAIN_WITH("machine", ((suite_options){ .setup = setup, .teardown = teardown }),
               without_groups_the_machine_and_the_affinity_decide,
               a_quota_of_v2_is_rounded_up_to_whole_processors, limits_of_groups_above_hold_in_v2,
               limits_of_v1_hold_and_huge_ones_are_none, a_container_sees_its_own_group,
               what_is_outside_of_the_namespace_is_read_from_its_top,
               hybrid_layouts_and_missing_directories,
               kills_of_the_own_group_count_before_those_of_the_machine,
               damaged_files_limit_nothing, this_machine_has_something)
