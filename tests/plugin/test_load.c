/* plugin_load_content: the bytes of a digest, or a refusal that says why: another content, or what
 * this process lacks. */
#include "base/sha256.h"
#include "plugin/load.h"
#include "support/suite.h"
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define PLUGIN ATOMLOOM_TEST_PLUGIN_DIR "/volume.threshold.so"

START_TEST(the_bytes_of_the_digest_are_loaded)
{
    error e = { 0 };
    digest d;
    ck_assert(sha256_file(PLUGIN, &d, &e));
    ck_assert_msg(plugin_load_content(PLUGIN, &d, &e) != NULL, "%s", e.message);
}
END_TEST

START_TEST(other_bytes_are_refused)
{
    error e = { 0 };
    digest d = sha256_of("else", 4);
    ck_assert(plugin_load_content(PLUGIN, &d, &e) == NULL);
    ck_assert_msg(strstr(e.message, "changed during the run") != NULL, "%s", e.message);
}
END_TEST

/* Without descriptors nothing is known of the file: it is not said to have changed. */
START_TEST(a_shortage_is_no_change)
{
    error e = { 0 };
    digest d;
    struct rlimit few;
    ck_assert(sha256_file(PLUGIN, &d, &e));
    int first = open("/dev/null", O_RDONLY);
    getrlimit(RLIMIT_NOFILE, &few);
    few.rlim_cur = (rlim_t)first;
    ck_assert(!setrlimit(RLIMIT_NOFILE, &few));
    ck_assert(plugin_load_content(PLUGIN, &d, &e) == NULL);
    ck_assert_msg(strstr(e.message, "Too many open files") != NULL, "%s", e.message);
    ck_assert_msg(strstr(e.todo, "ulimit") != NULL, "%s", e.todo);
}
END_TEST

TEST_MAIN("plugin.load", the_bytes_of_the_digest_are_loaded, other_bytes_are_refused,
          a_shortage_is_no_change)
