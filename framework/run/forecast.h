/* run/forecast.h - how long a run will still take: from what its actions report of their progress,
 * from what the same took before in this run, from earlier runs of this pipeline, and from other
 * nodes of the same op. Where one of them tells nothing, nothing is told. */
#ifndef ATOMLOOM_RUN_FORECAST_H
#define ATOMLOOM_RUN_FORECAST_H
#include "run/schedule.h"

typedef struct forecast forecast;

/* An action under way: `done` of `total` as the op reported, total 0 where it did not. */
typedef struct forecast_running {
    int32_t instance;
    double spent_s, done, total;
} forecast_running;

/* the plan is borrowed, as planned: its times are those of earlier runs */
forecast *forecast_new(const plan *p, error *e);
void forecast_free(forecast *f); /* NULL is fine */
void forecast_learn(forecast *f, int32_t instance, double wall_s);

/* Seconds until all is done with `jobs` actions at once; < 0: not known. */
double forecast_left(const forecast *f, const schedule *s, const forecast_running *running,
                     int count, int jobs);
#endif
