/* A plugin of another ABI. */
#include <atomloom/op.h>
static const loom_op *const ops[] = { NULL };
extern LOOM_EXPORT const loom_plugin loom_plugin_v1;
LOOM_EXPORT const loom_plugin loom_plugin_v1 = { { 'a', 't', 'o', 'm', 'l', 'o', 'o', 'm' },
                                                 sizeof(loom_plugin),
                                                 7,
                                                 "bad.abi",
                                                 "1.0",
                                                 "none",
                                                 ops };
