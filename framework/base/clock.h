/* base/clock.h - time that goes on by itself, for limits and durations. */
#ifndef ATOMLOOM_BASE_CLOCK_H
#define ATOMLOOM_BASE_CLOCK_H
double monotonic_s(void); /* seconds since some moment; nobody sets it back */
#endif
