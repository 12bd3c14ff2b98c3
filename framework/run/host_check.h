/* run/host_check.h - what a call of an op is held to: its inputs before, its outputs after. */
#ifndef ATOMLOOM_RUN_HOST_CHECK_H
#define ATOMLOOM_RUN_HOST_CHECK_H
#include "run/host.h"

/* Is every port connected as often as it may be, to values of its type? False with `e`. */
bool host_check_inputs(const host_request *request, error *e);
/* Did the op make what its ports promise: every output, of its type, all numbers finite? False with
 * result->failure set. */
bool host_check_outputs(const host_request *request, host_result *result);
#endif
