/* base/signals.h - names of signals, for messages. */
#ifndef ATOMLOOM_BASE_SIGNALS_H
#define ATOMLOOM_BASE_SIGNALS_H
/* "SIGSEGV"; "signal 64" in a static buffer where it has no name */
const char *signal_name(int number);
#endif
