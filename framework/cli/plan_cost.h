/* cli/plan_cost.h - `atomloom plan --cost`: memory and time of each node before anything runs. */
#ifndef ATOMLOOM_CLI_PLAN_COST_H
#define ATOMLOOM_CLI_PLAN_COST_H
#include "base/text.h"
#include "run/plan.h"

/* Appends the table, or with `json` one object. False with `e`. */
bool plan_cost_text(const plan *p, bool json, text *out, error *e);
#endif
