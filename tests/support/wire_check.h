/* tests/support/wire_check.h - any bytes as what a worker sends: each message that is taken is in
 * order (texts terminated, numbers in range, outputs as the op has them), everything else is
 * refused with a reason. Aborts where that does not hold.
 *
 * The first bytes of the data say what is expected: [0] the serial number, [1] how many outputs
 * (every other one optional), [2] bit 0: may ask, bit 1: may reply, [3] inputs, [4] how many bytes
 * arrive at a time, in sixteens (0: all). Where [5] is even, the heads that follow get the serial
 * number that is expected, so that mutations reach the bodies. */
#ifndef ATOMLOOM_TESTS_WIRE_CHECK_H
#define ATOMLOOM_TESTS_WIRE_CHECK_H
#include <stddef.h>
#include <stdint.h>

enum { WIRE_SETTINGS = 6, WIRE_MAX_OUTPUTS = 8 };
void wire_check(const uint8_t *data, size_t size);
#endif
