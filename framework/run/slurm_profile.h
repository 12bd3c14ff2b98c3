/* run/slurm_profile.h - how a site wants its jobs: the mapping `slurm:` of a profile, a YAML file.
 *
 *   slurm:
 *     partition: compute        # account, qos, constraint likewise: given to sbatch as they are
 *     time: 2 h                 # least time of a job
 *     memory: 4 GiB             # of an action whose need is not known
 *     threads: 1                # of an action whose node sets none
 *     max_jobs: 100             # under way at once, waiting ones too
 *     bundle_time: 2 min        # expected time of the actions of one job
 *     bundle_actions: 50        # of one job, at most
 *     patience: 30 s            # how long a program of Slurm may take to answer
 *     sbatch: [--exclude=node7] # anything else, as it is
 */
#ifndef ATOMLOOM_RUN_SLURM_PROFILE_H
#define ATOMLOOM_RUN_SLURM_PROFILE_H
#include "base/error.h"
#include <stdint.h>

typedef struct slurm_profile {
    const char *partition, *account, *qos, *constraint; /* NULL: as Slurm chooses */
    const char **sbatch;                                /* NULL-terminated; NULL: none */
    double time_s, bundle_time_s, patience_s;
    uint64_t memory_bytes; /* 0: as Slurm chooses */
    int threads, max_jobs, bundle_actions;
    void *memory; /* what the texts live in */
} slurm_profile;

/* What holds where a profile says nothing. slurm_profile_free in the end. */
void slurm_profile_usual(slurm_profile *out);
/* False with `e`: the message begins with file, line and column. */
bool slurm_profile_read(const char *path, slurm_profile *out, error *e);
void slurm_profile_free(slurm_profile *p);
#endif
