/* bench.damaged [FORMAT]: every truncation and every single flipped bit (at most 4,000 and 12,000
 * of each format) of a small whole file; a line of NAME KIND TRIED and the count of each outcome
 * for each format. */
#include "damage/damage.h"
#include <stdio.h>
#include <string.h>

static void print(const char *name, const char *kind, int64_t tried,
                  const int64_t outcome[DAMAGE_OUTCOMES])
{
    printf("%s %s %lld", name, kind, (long long)tried);
    for (int o = 0; o < DAMAGE_OUTCOMES; o++)
        printf(" %s %lld", damage_outcome_names[o], (long long)outcome[o]);
    putchar('\n');
}

int main(int argc, char **argv)
{
    enum { MAX_CUTS = 4000, MAX_FLIPS = 12000 };
    int status = 0;
    for (int i = 0; i < damage_format_count; i++) {
        const damage_format *f = &damage_formats[i];
        if (argc > 1 && strcmp(argv[1], f->name) != 0) continue;
        damage_count c;
        damage_plan plan = { .seed = 2, .show = true };
        damage_file probe = { 0 };
        if (f->make(&probe) && probe.size > MAX_CUTS) plan.cuts = MAX_CUTS;
        if (probe.size * 8 > MAX_FLIPS) plan.flips = MAX_FLIPS;
        damage_file_free(&probe);
        bool good = damage_try(f, &plan, &c);
        if (!good) status = 1;
        if (!good && *c.example) fprintf(stderr, "%s: %s\n", f->name, c.example);
        print(f->name, "truncations", c.tried[0], c.outcome[0]);
        print(f->name, "flips", c.tried[1], c.outcome[1]);
        fflush(stdout);
    }
    return status;
}
