/* tests/fuzz/fuzz.h - the entry of a fuzzer. Preset `fuzz` links it with libFuzzer; other builds
 * link replay.c, which plays the seeds and a fixed set of mutations of each, as a test. */
#ifndef ATOMLOOM_TESTS_FUZZ_H
#define ATOMLOOM_TESTS_FUZZ_H
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
#endif
