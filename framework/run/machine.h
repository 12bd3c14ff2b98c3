/* run/machine.h - the clocks, and what this process may use of the machine: the smallest of what
 * the machine has, what CPU affinity allows, and what control groups (v1 and v2, any depth:
 * containers, batch systems, systemd) allow. */
#ifndef ATOMLOOM_RUN_MACHINE_H
#define ATOMLOOM_RUN_MACHINE_H
#include <stdint.h>

double machine_clock_s(void); /* seconds, only ever forward; from no particular moment */
double machine_date_s(void);  /* seconds since 1970 */
double machine_cpu_s(void);   /* CPU time of this process, over all threads */

enum { MACHINE_GROUP = 256 }; /* room for the name of a control group; longer ones are cut */

typedef struct machine {
    int processors;       /* that may be used: at least 1 */
    int online, affinity; /* that there are; that the affinity allows */
    /* processors that a control group allows; 0: as many as there are */
    double quota;
    char quota_group[MACHINE_GROUP];
    uint64_t memory_bytes; /* that may be used */
    uint64_t physical_bytes;
    char memory_group[MACHINE_GROUP]; /* the control group that limits it; "": none */
    uint64_t available_bytes;         /* of memory_bytes, not in use when this was read */
} machine;

/* Read from the system at the first call. Not for several threads. */
const machine *machine_mine(void);
uint64_t machine_available_bytes(void); /* now */
/* The same from the files under `root` ("": the real ones); for tests: affinity and the number of
 * processors are given. */
void machine_read(const char *root, int online, int affinity, machine *out);

/* How many processes the kernel has killed for lack of memory in this control group, or at all; < 0
 * where it does not say. */
int64_t machine_oom_kills(const char *root);
#endif
