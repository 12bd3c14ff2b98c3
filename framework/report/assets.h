/* report/assets.h - the style and the scripts of a page, as bytes (cmake/embed.cmake). */
#ifndef ATOMLOOM_REPORT_ASSETS_H
#define ATOMLOOM_REPORT_ASSETS_H
#include <stddef.h>

extern const unsigned char asset_css[], asset_js[], asset_bundle[];
/* asset_bundle_bytes 0: built without npm, so panels do not turn */
extern const size_t asset_css_bytes, asset_js_bytes, asset_bundle_bytes;
#endif
