/* Any bytes as what a worker sends: see support/wire_check.h. */
#include "fuzz/fuzz.h"
#include "support/wire_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wire_check(data, size);
    return 0;
}
